package org.berth.runtime.oci.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.Operand;
import org.berth.runtime.oci.config.Mount;
import org.berth.runtime.oci.config.MountOptions;
import org.berth.runtime.oci.config.Namespace.Kind;
import org.berth.runtime.oci.config.OciConfig;
import org.berth.runtime.plan.Flags;
import org.berth.runtime.plan.Script;

/**
 * The mounts of the configuration, in its order. Sources of binds are copied from the host's tree;
 * targets are resolved in the root by descriptor and made when they are missing
 * (CVE-2021-30465, CVE-2024-45310).
 */
final class BundleMounts {
    private static final int PROC_SUPER_MAGIC = 0x9fa0;
    private static final int STATFS_SIZE = 120;
    private static final long MS_SLAVE_ALL = 0x84000;

    /** File systems that have one superblock for all: read-only is said of the mount alone. */
    private static final Set<String> OF_THE_KERNEL =
            Set.of("proc", "sysfs", "tmpfs", "devpts", "mqueue", "cgroup", "cgroup2", "ramfs", "bpf");

    /** Files of /proc that may be covered, as others allow: each shows what is the container's own. */
    private static final Set<String> COVERED_IN_PROC = Set.of(
            "/proc/cpuinfo",
            "/proc/diskstats",
            "/proc/meminfo",
            "/proc/stat",
            "/proc/swaps",
            "/proc/uptime",
            "/proc/loadavg",
            "/proc/slabinfo",
            "/proc/net/dev",
            "/proc/sys/kernel/ns_last_pid",
            "/proc/sys/crypto/fips_enabled");

    private final Script script;
    private final OciConfig config;
    private final BundlePlacement placement;
    private final GroupMounts groups;
    private final Map<Integer, Datum> sources = new HashMap<>();
    private final List<Deferred> deferred = new ArrayList<>();
    private Optional<Datum> terminals = Optional.empty();

    /** A mount that becomes read-only when all is done in it. */
    private record Deferred(String label, Datum mount) {}

    BundleMounts(Script script, OciConfig config, BundlePlacement placement) {
        this.script = script;
        this.config = config;
        this.placement = placement;
        this.groups = new GroupMounts(script, placement.groups());
    }

    /**
     * Copies what is bound, while paths lead into the host's tree.
     *
     * @param cutOff whether the copies must be kept from spreading: they are of the host's own mount
     *     namespace, before the user namespace is entered, which may not see them. Without that, most are
     *     copied when their turn comes: so /proc/self/mountinfo shows all in the order of the configuration
     */
    void copySources(boolean cutOff) {
        for (int i = 0; i < config.mounts().size(); i++) {
            Mount mount = config.mounts().get(i);
            if (isGroups(mount)) {
                groups.copySources();
            } else if (isSystemOfHost(mount) || mount.bind() && !mount.options().remount()) {
                if (cutOff || holdsAll(mount)) {
                    sources.put(i, copySource(i, mount, cutOff));
                }
            }
        }
    }

    /** Of the whole tree: after the container's root is attached it would be in the copy. */
    private static boolean holdsAll(Mount mount) {
        String source = mount.source().orElse("/");
        return source.equals("/") || source.startsWith("/proc/");
    }

    /** @param cutOff whether the copy must be kept from spreading: it is of the host's own mount namespace */
    private Datum copySource(int index, Mount mount, boolean cutOff) {
        return isSystemOfHost(mount) ? copy("bind /sys on /sys", "/sys", true, true) : copy(index, mount, cutOff);
    }

    private static boolean isGroups(Mount mount) {
        String type = mount.typeOrNone();
        return !mount.bind() && (type.equals("cgroup") || type.equals("cgroup2"));
    }

    /** sysfs shows a network namespace and can be mounted by its owner only; else it is the host's. */
    private boolean isSystemOfHost(Mount mount) {
        return mount.typeOrNone().equals("sysfs")
                && config.linux().has(Kind.USER)
                && !config.linux().has(Kind.NETWORK);
    }

    private Datum copy(int index, Mount mount, boolean cutOff) {
        String source = mount.source().orElse("");
        String label = "bind " + source + " on " + mount.destination();
        Datum tree = copy(label, source, mount.options().recursive(), cutOff);
        Integer map = placement.idMaps().get(index);
        if (map != null) {
            int namespace = BundleDescriptors.NEXT + placement.preserved() + map;
            boolean all = mount.options().idMap().equals(Optional.of(MountOptions.IdMap.RECURSIVE));
            Attributes.map(script, label + ": map its ids", tree, namespace, all);
        }
        return tree;
    }

    private Datum copy(String label, String source, boolean recursive, boolean cutOff) {
        Datum tree = script.slot(source);
        script.call(label, Call.OPEN_TREE, Flags.HERE, script.text(source), recursive ? Flags.COPY_ALL : Flags.COPY)
                .into(tree);
        if (cutOff) {
            Attributes.propagate(script, label, tree, MS_SLAVE_ALL);
        }
        return tree;
    }

    /** Mounts them all. */
    void attach(Places places) {
        for (int i = 0; i < config.mounts().size(); i++) {
            attach(i, config.mounts().get(i), places);
        }
    }

    private void attach(int index, Mount mount, Places places) {
        String path = "/" + Script.relative(mount.destination());
        path = path.equals("/.") ? "/" : path;
        MountOptions options = mount.options();
        if (isGroups(mount)) {
            String label = "mount " + mount.typeOrNone() + " on " + path;
            groups.attach(label, mount, places.openOrMakeFolder(script, label, path));
            places.covered(path);
        } else if (options.remount() || !mount.bind() && mount.typeOrNone().equals("none")) {
            change(mount, path, places);
        } else if (mount.bind() || isSystemOfHost(mount)) {
            attachCopy(index, mount, path, places);
        } else {
            attachNew(index, mount, path, places);
        }
    }

    /** What is mounted there already is changed. */
    private void change(Mount mount, String path, Places places) {
        String label = "change the mount on " + path;
        Datum target = script.slot(path);
        script.openFollowing(label, places.root(), path, false, target, Optional.empty());
        finish(label, mount.options(), target, mount.options().set());
    }

    private void attachCopy(int index, Mount mount, String path, Places places) {
        String label = "bind " + mount.source().orElse("") + " on " + path;
        Datum known = sources.get(index);
        Datum tree = known != null ? known : copySource(index, mount, false);
        Datum target = placement.fileMounts().contains(index)
                ? places.openOrMakeFile(script, label, path)
                : places.openOrMakeFolder(script, label, path);
        refuseProc(path, path.equals("/proc") ? Optional.of(tree) : Optional.empty(), target);
        Attributes.change(
                script, label, tree, mount.options().set(), mount.options().cleared(), false);
        script.attach(label, tree, target);
        places.covered(path);
        finish(label, mount.options(), tree, 0);
    }

    private void attachNew(int index, Mount mount, String path, Places places) {
        String type = mount.typeOrNone();
        String label = "mount " + type + " on " + path;
        Datum target = type.equals("proc") || type.equals("sysfs")
                ? openWithoutLinks(label, places, path)
                : places.openOrMakeFolder(script, label, path);
        if (!type.equals("proc")) {
            refuseProc(path, Optional.empty(), target);
        }
        boolean later = (mount.options().set() & MountOptions.READ_ONLY) != 0 && type.equals("tmpfs");
        long attributes = mount.options().set() & ~(later ? MountOptions.READ_ONLY : 0);
        Datum made = script.fileSystem(label, type, fileSystemOptions(mount), attributes);
        new CopyUp(script).fill(label, made, target, placement.copied().getOrDefault(index, List.of()));
        script.attach(label, made, target);
        places.covered(path);
        if (!mount.options().copyUp() && OF_THE_KERNEL.contains(type)) {
            places.made(path, made);
        }
        if (later) {
            deferred.add(new Deferred("make " + path + " read-only", made));
        }
        if (type.equals("devpts") && path.equals("/dev/pts")) {
            terminals = Optional.of(made);
        }
        finish(label, mount.options(), made, 0);
    }

    /**
     * An image whose /proc or /sys is a link would have us mount somewhere else (CVE-2019-19921,
     * CVE-2023-27561, CVE-2023-28642).
     */
    private Datum openWithoutLinks(String label, Places places, String path) {
        Places.Place place = places.of(path);
        String relative = Script.relative(place.path());
        int slash = relative.lastIndexOf('/');
        Datum parent = slash < 0
                ? place.mount()
                : script.openOrMakeFolder(label, place.mount(), "/" + relative.substring(0, slash));
        Operand name = script.text(relative.substring(slash + 1));
        script.call("make " + path, Call.MKDIRAT, Operand.value(parent), name, Operand.named("0755", 0755))
                .ignoreNegative();
        Datum target = script.slot(path);
        String must = label + ": it must be an ordinary folder";
        script.openInRoot(must, place.mount(), place.path(), script.inRoot(true, false), target);
        return target;
    }

    private static List<String> fileSystemOptions(Mount mount) {
        List<String> options = new ArrayList<>();
        options.add("source=" + mount.source().orElse(mount.typeOrNone()));
        boolean readOnly = (mount.options().set() & MountOptions.READ_ONLY) != 0;
        if (readOnly && !OF_THE_KERNEL.contains(mount.typeOrNone())) {
            options.add("ro");
        }
        options.addAll(mount.options().superblockWords());
        options.addAll(mount.options().data());
        return options;
    }

    /** What is done to a mount when it is in its place. */
    private void finish(String label, MountOptions options, Datum mount, long set) {
        Attributes.change(script, label, mount, set, set == 0 ? 0 : options.cleared(), false);
        Attributes.change(script, label, mount, options.recursiveSet(), options.recursiveCleared(), true);
        for (long flags : options.propagation()) {
            Attributes.propagate(script, label, mount, flags);
        }
    }

    /** Makes read-only what had to be written first. */
    void finish() {
        for (Deferred one : deferred) {
            Attributes.change(script, one.label(), one.mount(), MountOptions.READ_ONLY, 0, false);
        }
    }

    /** The devpts instance on /dev/pts, if there is one. */
    Optional<Datum> terminals() {
        return terminals;
    }

    /**
     * The target as it was resolved must not lie in /proc (CVE-2019-16884), but for a few files, and on
     * /proc itself for another procfs.
     */
    private void refuseProc(String path, Optional<Datum> source, Datum target) {
        if (COVERED_IN_PROC.contains(path)) {
            return;
        }
        if (source.isPresent()) {
            fileSystem(path, source.get(), false, "mount on /proc: what is no procfs can't be mounted over it");
        } else if (path.equals("/proc")) {
            script.call("mount on /proc: what is no procfs can't be mounted over it", Call.COMPUTE)
                    .failOnZero();
        } else {
            fileSystem(path, target, true, path + " cannot be mounted because it is inside /proc");
        }
    }

    private void fileSystem(String path, Datum opened, boolean refuse, String message) {
        Datum status = script.builder().space("file system of " + path, STATFS_SIZE);
        script.call("check the file system of " + path, Call.FSTATFS, Operand.value(opened), Operand.address(status));
        Operand magic = Operand.named("PROC_SUPER_MAGIC", PROC_SUPER_MAGIC);
        if (refuse) {
            script.builder()
                    .compare(message, Operand.value(status), magic)
                    .ignoreNegative()
                    .failOnZero();
            return;
        }
        var same = script.builder().mark(path + " is a procfs");
        script.builder()
                .compare(message, Operand.value(status), magic)
                .ignoreNegative()
                .jump(org.berth.linux.launch.Outcome.Jump.ON_ZERO, same);
        script.call(message, Call.COMPUTE).failOnZero();
        script.builder().place(same);
    }
}
