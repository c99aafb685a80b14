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
import org.berth.linux.OwnUserNamespace;
import org.berth.linux.SystemCallException;
import org.berth.linux.cgroup.CgroupLayout.Hierarchy;

/**
 * The control groups of one instance: {@code /berth-TAG/NAME} in every hierarchy, so that a process
 * that joined them and then took a cgroup namespace sees only {@code /}. The parent is made with the
 * first group and stays, empty or not, until {@link #close}: to make and remove it with each single
 * container took longer than the container's own groups. Safe for concurrent use.
 */
public final class Cgroups implements AutoCloseable {
    /** The group for processes that watch others: it is out of the service manager's reach. */
    public static final String MONITORS = "monitors";

    private static final Set<String> LIMITING = Set.of("cpu", "memory", "pids");

    private final CgroupLayout layout;
    private final String parent;
    private final boolean machines;
    private final List<String> missing;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile boolean parentMade;

    /** Groups below {@code parent}, a name, in these hierarchies. */
    public Cgroups(CgroupLayout layout, String parent) {
        this(layout, parent, true);
    }

    /** @param machines whether the machine's root makes them; else devices can't be refused, and controllers may be missing */
    Cgroups(CgroupLayout layout, String parent, boolean machines) {
        this.layout = layout;
        this.parent = name(parent);
        this.machines = machines;
        this.missing = machines ? List.of() : OwnGroups.missing(layout, LIMITING);
    }

    /** The groups of an instance on this machine: in those that are the user's where it is not the machine's root. */
    public static Cgroups of(Instance instance) {
        String parent = "berth-" + instance.tag();
        CgroupLayout machine = CgroupLayout.discover();
        return OwnUserNamespace.isMachines()
                ? new Cgroups(machine, parent)
                : new Cgroups(OwnGroups.discover(machine), parent, false);
    }

    /** The controllers that an ordinary user has not been given, of "cpu", "memory" and "pids": their limits don't hold. */
    public List<String> missing() {
        return missing;
    }

    /** Whether processes can be stopped and resumed. */
    public boolean freezes() {
        return layout.unified().isPresent() || layout.controlling("freezer").isPresent();
    }

    /** Where the machine's groups are. */
    public CgroupLayout layout() {
        return layout;
    }

    /** Makes a group with these limits in every hierarchy; when that fails nothing is left of it. */
    public Cgroup create(String name, CgroupLimits limits) {
        Cgroup group = group(name);
        try {
            makeFolders(group);
            CgroupFiles.writeAll(possible(group.plan().create(limits)));
            if (machines) {
                DeviceFilter.attachWhereNeeded(layout, group, limits.devices());
            }
            return group;
        } catch (SystemCallException e) {
            delete(group);
            throw e;
        }
    }

    /** What can be written: all, but for controllers that are missing and the rules of devices. */
    private List<CgroupWrite> possible(List<CgroupWrite> writes) {
        return machines
                ? writes
                : writes.stream().filter(write -> isPossible(write.file())).toList();
    }

    private boolean isPossible(Path file) {
        String name = String.valueOf(file.getFileName());
        String controller = name.substring(0, Math.max(0, name.indexOf('.')));
        return !controller.equals("devices") && !missing.contains(controller);
    }

    /** The group of that name, whether it is there or not. */
    public Cgroup named(String name) {
        return group(name);
    }

    /** The group of that name, when it is there in any hierarchy. */
    public Optional<Cgroup> find(String name) {
        Cgroup group = group(name);
        return Optional.of(group)
                .filter(found -> found.plan().folders().stream().anyMatch(Files::isDirectory));
    }

    /** The group for monitors, made when it is missing; it goes with the parent. */
    public Cgroup monitors() {
        Cgroup group = group(MONITORS);
        makeFolders(group);
        return group;
    }

    /**
     * Removes a group. Its processes must have ended: {@link Cgroup#killAll} comes first. Idempotent.
     *
     * @throws SystemCallException EBUSY when processes are still in it at the deadline
     */
    public void delete(Cgroup group) {
        group.removeFolders();
    }

    /** Removes the group of that name, as {@link #delete(Cgroup)} does. */
    public void delete(String name) {
        delete(group(name));
    }

    /** Removes the parent where no group is left in it; nothing else changes. */
    @Override
    public void close() {
        lock.lock();
        try {
            for (Hierarchy hierarchy : layout.hierarchies()) {
                Path folder = hierarchy.folder().resolve(parent);
                CgroupFiles.removeFolder(folder.resolve(MONITORS));
                CgroupFiles.removeFolder(folder);
            }
            parentMade = false;
        } finally {
            lock.unlock();
        }
    }

    private Cgroup group(String name) {
        return new Cgroup(name(name), new CgroupPlan(layout, parent + "/" + name));
    }

    private void makeFolders(Cgroup group) {
        if (!parentMade) {
            makeParent();
        }
        try {
            group.plan().folders().forEach(CgroupFiles::makeFolder);
        } catch (SystemCallException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
            makeParent(); // somebody else has removed it
            group.plan().folders().forEach(CgroupFiles::makeFolder);
        }
    }

    private void makeParent() {
        lock.lock();
        try {
            layout.hierarchies().forEach(this::makeParent);
            inheritCpuSet();
            parentMade = true;
        } finally {
            lock.unlock();
        }
    }

    private void makeParent(Hierarchy hierarchy) {
        Path folder = hierarchy.folder().resolve(parent);
        if (Files.isDirectory(folder)) {
            return;
        }
        if (layout.mode() == CgroupLayout.Mode.UNIFIED) {
            if (!machines) {
                vacate(hierarchy.folder());
            }
            handDown(hierarchy.folder());
        }
        CgroupFiles.makeFolder(folder);
        if (layout.mode() == CgroupLayout.Mode.UNIFIED) {
            handDown(folder);
        }
    }

    /**
     * A group that hands controllers down has no processes of its own ("no internal processes", cgroup-v2.rst): the daemon
     * and what it has started so far move below.
     */
    private void vacate(Path folder) {
        Path leaf = folder.resolve(parent + "-daemon");
        CgroupFiles.makeFolder(leaf);
        for (String process : CgroupFiles.read(folder.resolve("cgroup.procs"))
                .orElse("")
                .lines()
                .toList()) {
            try {
                CgroupFiles.write(leaf.resolve("cgroup.procs"), process);
            } catch (SystemCallException e) {
                if (e.errno() != Errno.ESRCH) { // it has ended meanwhile
                    throw e;
                }
            }
        }
    }

    private static void handDown(Path folder) {
        Set<String> available = new HashSet<>(List.of(CgroupFiles.read(folder.resolve("cgroup.controllers"))
                .orElse("")
                .split(" ", -1)));
        CgroupPlan.handDown(folder, available).forEach(CgroupFiles::write);
    }

    /**
     * A v1 group without processors and memory nodes takes no process (cpuset(7)): the parent gets those
     * of the machine, and the groups below it theirs from the parent when they are made.
     */
    private void inheritCpuSet() {
        Optional<Hierarchy> hierarchy = layout.controlling("cpuset");
        if (hierarchy.isEmpty()) {
            return;
        }
        Path folder = hierarchy.get().folder().resolve(parent);
        for (String file : List.of("cpuset.cpus", "cpuset.mems")) {
            String own = CgroupFiles.read(folder.resolve(file)).orElse("");
            String above = CgroupFiles.read(folder.resolveSibling(file)).orElse("");
            if (own.isEmpty() && !above.isEmpty()) {
                CgroupFiles.write(folder.resolve(file), above);
            }
        }
        CgroupFiles.write(folder.resolve("cgroup.clone_children"), "1");
    }

    private static String name(String name) {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9_-]{0,127}")) {
            throw new SystemCallException(
                    "control group '" + name + "' (letters, digits, - and _ were expected)", Errno.EINVAL);
        }
        return name;
    }
}
