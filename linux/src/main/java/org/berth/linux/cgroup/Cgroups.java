package org.berth.linux.cgroup;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.berth.base.Instance;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.cgroup.CgroupLayout.Hierarchy;

/**
 * The control groups of one instance: {@code /berth-TAG/NAME} in every hierarchy, so that a process
 * that joined them and then took a cgroup namespace sees only {@code /}. The parent is made with the
 * first group and goes with the last. Safe for concurrent use.
 */
public final class Cgroups {
    /** The group for processes that watch others: it is out of the service manager's reach. */
    public static final String MONITORS = "monitors";

    private final CgroupLayout layout;
    private final String parent;
    private final ReentrantLock lock = new ReentrantLock();

    /** Groups below {@code parent}, a name, in these hierarchies. */
    public Cgroups(CgroupLayout layout, String parent) {
        this.layout = layout;
        this.parent = name(parent);
    }

    /** The groups of an instance on this machine. */
    public static Cgroups of(Instance instance) {
        return new Cgroups(CgroupLayout.discover(), "berth-" + instance.tag());
    }

    /** Where the machine's groups are. */
    public CgroupLayout layout() {
        return layout;
    }

    /** Makes a group with these limits in every hierarchy; when that fails nothing is left of it. */
    public Cgroup create(String name, CgroupLimits limits) {
        Cgroup group = group(name);
        lock.lock();
        try {
            makeParent();
            group.plan().folders().forEach(CgroupFiles::makeFolder);
            inheritCpuSet(parent + "/" + name);
        } catch (SystemCallException e) {
            delete(group);
            throw e;
        } finally {
            lock.unlock();
        }
        try {
            group.plan().create(limits).forEach(CgroupFiles::write);
            DeviceProgram.attachWhereNeeded(layout, group, limits.devices());
            return group;
        } catch (SystemCallException e) {
            delete(group);
            throw e;
        }
    }

    /** The group of that name, when it is there in any hierarchy. */
    public Optional<Cgroup> find(String name) {
        Cgroup group = group(name);
        return Optional.of(group)
                .filter(found -> found.plan().folders().stream().anyMatch(Files::isDirectory));
    }

    /** The group for monitors, made when it is missing; it goes with the parent. */
    public Cgroup monitors() {
        lock.lock();
        try {
            makeParent();
            Cgroup group = group(MONITORS);
            group.plan().folders().forEach(CgroupFiles::makeFolder);
            inheritCpuSet(parent + "/" + MONITORS);
            return group;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Removes a group, and the parent after its last one. Its processes must have ended: {@link
     * Cgroup#killAll} comes first. Idempotent.
     *
     * @throws SystemCallException EBUSY when processes are still in it at the deadline
     */
    public void delete(Cgroup group) {
        group.removeFolders();
        lock.lock();
        try {
            for (Hierarchy hierarchy : layout.hierarchies()) {
                Path folder = hierarchy.folder().resolve(parent);
                CgroupFiles.removeFolder(folder.resolve(MONITORS));
                CgroupFiles.removeFolder(folder);
            }
        } finally {
            lock.unlock();
        }
    }

    private Cgroup group(String name) {
        return new Cgroup(name(name), new CgroupPlan(layout, parent + "/" + name));
    }

    private void makeParent() {
        for (Hierarchy hierarchy : layout.hierarchies()) {
            Path folder = hierarchy.folder().resolve(parent);
            if (Files.isDirectory(folder)) {
                continue;
            }
            if (layout.mode() == CgroupLayout.Mode.UNIFIED) {
                handDown(hierarchy.folder());
            }
            CgroupFiles.makeFolder(folder);
            if (layout.mode() == CgroupLayout.Mode.UNIFIED) {
                handDown(folder);
            }
        }
        inheritCpuSet(parent);
    }

    private static void handDown(Path folder) {
        Set<String> available = new HashSet<>(List.of(CgroupFiles.read(folder.resolve("cgroup.controllers"))
                .orElse("")
                .split(" ", -1)));
        CgroupPlan.handDown(folder, available).forEach(CgroupFiles::write);
    }

    /** A v1 group without processors and memory nodes takes no process (cpuset(7)): it gets its parent's. */
    private void inheritCpuSet(String group) {
        Optional<Hierarchy> hierarchy = layout.controlling("cpuset");
        if (hierarchy.isEmpty()) {
            return;
        }
        Path folder = hierarchy.get().folder().resolve(group);
        for (String file : List.of("cpuset.cpus", "cpuset.mems")) {
            String own = CgroupFiles.read(folder.resolve(file)).orElse("");
            String above = CgroupFiles.read(folder.resolveSibling(file)).orElse("");
            if (own.isEmpty() && !above.isEmpty()) {
                CgroupFiles.write(folder.resolve(file), above);
            }
        }
    }

    private static String name(String name) {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9_-]{0,127}")) {
            throw new SystemCallException(
                    "control group '" + name + "' (letters, digits, - and _ were expected)", Errno.EINVAL);
        }
        return name;
    }
}
