package org.berth.runtime.plan;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Errno;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.LaunchBuilder.StepBuilder;
import org.berth.linux.launch.Mark;
import org.berth.linux.launch.Operand;
import org.berth.linux.launch.Outcome.Jump;
import org.berth.linux.user.UserRange;
import org.berth.runtime.Isolation;
import org.berth.runtime.Isolation.Kind;

/**
 * The mounts that every container has: /proc, /dev with its nodes, /dev/pts, /dev/shm, /dev/mqueue,
 * /sys and /sys/fs/cgroup. The file systems are made before the root is entered and attached after.
 */
final class StandardMounts {
    private static final long SAFE = Flags.MOUNT_NO_SUID | Flags.MOUNT_NO_DEVICES | Flags.MOUNT_NO_EXEC;
    private static final String WHOLE_RANGE = "0 " + (UserRange.COUNT - 1);
    private static final String SIZE_OF_DEV = "size=65536k";

    /** Name, major and minor number (Documentation/admin-guide/devices.txt). */
    private static final Map<String, int[]> NODES = new TreeMap<>(Map.of(
            "null", new int[] {1, 3},
            "zero", new int[] {1, 5},
            "full", new int[] {1, 7},
            "random", new int[] {1, 8},
            "urandom", new int[] {1, 9},
            "tty", new int[] {5, 0}));

    private static final Map<String, String> LINKS = new TreeMap<>(Map.of(
            "fd", "/proc/self/fd",
            "stdin", "/proc/self/fd/0",
            "stdout", "/proc/self/fd/1",
            "stderr", "/proc/self/fd/2",
            "ptmx", "pts/ptmx"));

    private static final List<String> FOLDERS = List.of("pts", "shm", "mqueue");

    private static final Set<String> NOT_SHOWN = Set.of("devices", "freezer", "systemd");

    /** Group 5 is tty in every distribution. */
    private static final int TTY_GROUP = 5;

    private static final int S_IFCHR = 0020000;
    private static final int S_IFREG = 0100000;

    private final Script script;
    private final Isolation isolation;
    private final List<Placement.Group> groups;
    private final Datum proc;
    private final Datum dev;
    private final boolean filled;
    private final Datum pts;
    private final Datum shm;
    private final Datum mqueue;
    private final Datum sys;
    private final Map<String, Datum> groupTrees = new TreeMap<>();
    private final Map<String, Datum> lentDevices = new TreeMap<>();

    /**
     * Makes the file systems.
     *
     * @param terminals the devpts instance, when the monitor has made one
     * @param othersMemory another container's /dev/shm, when it is to be its own
     * @param lent whether devices can't be made: then those of the host are bound
     */
    StandardMounts(
            Script script,
            List<Placement.Group> groups,
            Optional<Datum> terminals,
            Optional<Datum> othersMemory,
            boolean lent,
            Isolation isolation) {
        this(script, groups, Optional.empty(), terminals, othersMemory, isolation);
        groupTrees.putAll(copyGroups(script, groups, isolation));
        if (lent) {
            refuseDevices(isolation);
            copyDevices();
        }
    }

    private StandardMounts(
            Script script,
            List<Placement.Group> groups,
            Optional<HostSide> prepared,
            Optional<Datum> terminals,
            Optional<Datum> othersMemory,
            Isolation isolation) {
        this.script = script;
        this.isolation = isolation;
        this.groups = groups;
        this.filled = prepared.isPresent();
        this.proc = script.fileSystem("mount proc on /proc", "proc", List.of("source=proc"), SAFE);
        this.dev = prepared.map(HostSide::dev).orElseGet(() -> makeDev(script));
        this.pts = terminals.orElseGet(() -> devpts(script));
        this.shm = othersMemory.orElseGet(
                () -> isolation.namespaces().own(Kind.IPC) ? makeSharedMemory() : machinesSharedMemory());
        this.mqueue = script.fileSystem("mount mqueue on /dev/mqueue", "mqueue", List.of("source=mqueue"), SAFE);
        this.sys =
                script.fileSystem("mount sysfs on /sys", "sysfs", List.of("source=sysfs"), SAFE | readOnly(isolation));
        prepared.ifPresent(side -> groupTrees.putAll(side.groups()));
    }

    private static long readOnly(Isolation isolation) {
        return isolation.writableSystem() ? 0 : Flags.MOUNT_READ_ONLY;
    }

    private Datum makeSharedMemory() {
        String size = isolation.sharedMemoryBytes().isPresent()
                ? "size=" + isolation.sharedMemoryBytes().getAsLong()
                : SIZE_OF_DEV;
        return script.fileSystem("mount tmpfs on /dev/shm", "tmpfs", List.of("source=shm", "mode=1777", size), SAFE);
    }

    private Datum machinesSharedMemory() {
        Datum tree = script.slot("the machine's /dev/shm");
        script.call("copy the machine's /dev/shm", Call.OPEN_TREE, Flags.HERE, script.text("/dev/shm"), Flags.COPY)
                .into(tree);
        return tree;
    }

    /** What only the host's root can make: device nodes, and copies of control groups' folders. */
    record HostSide(Datum dev, Map<String, Datum> groups) {}

    /** Makes that, before the container's user namespace is joined. */
    static HostSide hostSide(Script script, List<Placement.Group> groups, Mapping mapping, Isolation isolation) {
        Datum dev = makeDev(script);
        fillDev(script, dev, false, isolation);
        mapping.apply(script, "map the ids of /dev", dev);
        return new HostSide(dev, copyGroups(script, groups, isolation));
    }

    /** The file systems of a container in its user namespace, around what was made before. */
    static StandardMounts around(
            Script script,
            HostSide prepared,
            List<Placement.Group> groups,
            Optional<Datum> terminals,
            Optional<Datum> othersMemory,
            Isolation isolation) {
        return new StandardMounts(script, groups, Optional.of(prepared), terminals, othersMemory, isolation);
    }

    private static Datum makeDev(Script script) {
        return script.fileSystem(
                "mount tmpfs on /dev", "tmpfs", List.of("source=tmpfs", "mode=755", SIZE_OF_DEV), Flags.MOUNT_NO_SUID);
    }

    /** A devpts instance of its own. */
    static Datum devpts(Script script) {
        return devpts(script, TTY_GROUP);
    }

    /** The same made outside of the container's user namespace. */
    static Datum devpts(Script script, UserRange users) {
        return devpts(script, users.require(TTY_GROUP, "the group of terminals"));
    }

    private static Datum devpts(Script script, long group) {
        return script.fileSystem(
                "mount devpts on /dev/pts",
                "devpts",
                List.of("source=devpts", "newinstance", "ptmxmode=0666", "mode=0620", "gid=" + group),
                Flags.MOUNT_NO_SUID | Flags.MOUNT_NO_EXEC);
    }

    /**
     * The container's own groups, by a read-only copy of their folders (CVE-2023-25809): those that
     * programs look into for their limits and usage.
     */
    private static Map<String, Datum> copyGroups(Script script, List<Placement.Group> groups, Isolation isolation) {
        Map<String, Datum> groupTrees = new TreeMap<>();
        for (Placement.Group group : groups) {
            if (NOT_SHOWN.contains(group.mountName())) {
                continue;
            }
            Datum tree = script.slot("cgroup " + group.mountName());
            String label = "copy the cgroup " + group.folder();
            script.call(
                            label,
                            Call.OPEN_TREE,
                            Flags.HERE,
                            script.text(group.folder().toString()),
                            Flags.COPY)
                    .into(tree);
            script.setAttributes(label, tree, SAFE | readOnly(isolation), false, false);
            groupTrees.put(group.mountName(), tree);
        }
        return groupTrees;
    }

    private static void refuseDevices(Isolation isolation) {
        if (!isolation.devices().isEmpty()) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED,
                    "device " + isolation.devices().getFirst().path()
                            + ": an ordinary user's daemon can't make devices (docs/rootless.md)");
        }
    }

    /** Copies the mounts of the host's devices while its tree is there. */
    private void copyDevices() {
        for (String name : NODES.keySet()) {
            Datum copy = script.slot("device " + name);
            script.call(
                            "copy the mount of /dev/" + name,
                            Call.OPEN_TREE,
                            Flags.HERE,
                            script.text("/dev/" + name),
                            Flags.COPY)
                    .into(copy);
            script.setAttributes(
                    "bind the host's /dev/" + name, copy, Flags.MOUNT_NO_SUID | Flags.MOUNT_NO_EXEC, false, false);
            lentDevices.put(name, copy);
        }
    }

    /** The /dev mount. */
    Datum dev() {
        return dev;
    }

    /** The /proc mount. */
    Datum proc() {
        return proc;
    }

    /** The /sys mount. */
    Datum sys() {
        return sys;
    }

    /**
     * Lets any user of the container bind ports below 1024 and send pings, as docker's engine does: the
     * network namespace is the container's own. Written through the new procfs, which nobody else can
     * have changed (CVE-2025-52881).
     */
    void openPorts() {
        write("net/ipv4/ip_unprivileged_port_start", "0");
        String ping = "net/ipv4/ping_group_range";
        if (lentDevices.isEmpty()) {
            write(ping, filled ? WHOLE_RANGE : "0 2147483647");
        } else {
            // only groups that the namespace has can be named, and a user may have been given few
            write(ping, "0 0");
            write(ping, WHOLE_RANGE).tolerate(Errno.EINVAL);
        }
    }

    /** Sets what a container asks for; its name is with dots. What its kernel has not is refused by name. */
    void set(String name, String value) {
        String label = "set " + name + " to " + value;
        Datum file = script.slot(name);
        String path = "sys/" + name.replace('.', '/');
        script.call(label, Call.OPENAT, Operand.value(proc), script.text(path), Flags.WRITE, Flags.NONE)
                .into(file);
        int length = value.getBytes(StandardCharsets.UTF_8).length;
        script.call(label, Call.WRITE, Operand.value(file), script.text(value), Operand.number(length));
        script.close(file);
    }

    private StepBuilder write(String key, String value) {
        String label = "set " + key.replace('/', '.') + " to " + value;
        Mark after = script.builder().mark("after " + key);
        Datum file = script.slot(key);
        script.call(label, Call.OPENAT, Operand.value(proc), script.text("sys/" + key), Flags.WRITE, Flags.NONE)
                .into(file)
                .tolerate(Errno.ENOENT)
                .jump(Jump.ON_TOLERATED, after);
        StepBuilder written =
                script.call(label, Call.WRITE, Operand.value(file), script.text(value), Operand.number(value.length()));
        script.builder().place(after);
        return written;
    }

    /** The container's own null device, open to read and write. */
    Datum openNull() {
        Datum nothing = script.slot("null");
        script.call(
                        "open /dev/null",
                        Call.OPENAT,
                        Operand.value(dev),
                        script.text("null"),
                        Flags.READ_WRITE,
                        Flags.NONE)
                .into(nothing);
        return nothing;
    }

    /** Attaches them in the root. */
    void attach(Datum root) {
        script.attachStandard("mount proc on /proc", proc, root, "/proc");
        if (!filled) {
            fillDev(script, dev, !lentDevices.isEmpty(), isolation);
        }
        script.attachStandard("mount tmpfs on /dev", dev, root, "/dev");
        lentDevices.forEach(this::attachDevice);
        script.attachInside("mount devpts on /dev/pts", pts, dev, "pts");
        script.attachInside("mount tmpfs on /dev/shm", shm, dev, "shm");
        script.attachInside("mount mqueue on /dev/mqueue", mqueue, dev, "mqueue");
        script.attachStandard("mount sysfs on /sys", sys, root, "/sys");
        attachGroups();
    }

    /** @param lent whether files take the places of devices, to bind them on */
    private static void fillDev(Script script, Datum dev, boolean lent, Isolation isolation) {
        NODES.forEach((name, number) -> script.call(
                "make /dev/" + name,
                Call.MKNODAT,
                Operand.value(dev),
                script.text(name),
                lent ? Operand.named("S_IFREG|0666", S_IFREG | 0666) : Operand.named("S_IFCHR|0666", S_IFCHR | 0666),
                lent ? Flags.NONE : Operand.named(number[0] + ":" + number[1], (number[0] << 8) | number[1])));
        LINKS.forEach((name, target) -> script.call(
                "link /dev/" + name, Call.SYMLINKAT, script.text(target), Operand.value(dev), script.text(name)));
        for (String folder : FOLDERS) {
            script.call(
                    "make /dev/" + folder,
                    Call.MKDIRAT,
                    Operand.value(dev),
                    script.text(folder),
                    Operand.named("0755", 0755));
        }
        new Devices(script, dev).make(isolation.devices());
    }

    /** Whether a name in /dev is taken by what every container has. */
    static boolean isTaken(String name) {
        return NODES.containsKey(name)
                || LINKS.containsKey(name)
                || FOLDERS.contains(name.replaceFirst("/.*", ""))
                || name.equals("console");
    }

    private void attachDevice(String name, Datum copy) {
        String label = "bind the host's /dev/" + name;
        Datum target = script.slot("/dev/" + name);
        script.openInRoot(label, dev, name, script.inRoot(false, false), target);
        script.attach(label, copy, target);
    }

    /** One file system on a machine with v2 only, a folder of hierarchies on any other. */
    private void attachGroups() {
        Datum single = groupTrees.get("");
        if (single != null) {
            script.attachInside("mount cgroup2 on /sys/fs/cgroup", single, sys, "fs/cgroup");
            return;
        }
        if (groupTrees.isEmpty()) {
            return;
        }
        Datum folder = script.fileSystem(
                "mount tmpfs on /sys/fs/cgroup", "tmpfs", List.of("source=tmpfs", "mode=755", "size=64k"), SAFE);
        groupTrees
                .keySet()
                .forEach(name -> script.call(
                        "make /sys/fs/cgroup/" + name,
                        Call.MKDIRAT,
                        Operand.value(folder),
                        script.text(name),
                        Operand.named("0755", 0755)));
        script.attachInside("mount tmpfs on /sys/fs/cgroup", folder, sys, "fs/cgroup");
        groupTrees.forEach(
                (name, tree) -> script.attachInside("mount cgroup on /sys/fs/cgroup/" + name, tree, folder, name));
        script.setAttributes("make /sys/fs/cgroup read-only", folder, SAFE | Flags.MOUNT_READ_ONLY, false, false);
    }

    /** /dev/console is the terminal itself, bound from the open descriptor (CVE-2025-52565). */
    void attachConsole(Datum terminal) {
        String label = "bind the terminal on /dev/console";
        script.call(
                label,
                Call.MKNODAT,
                Operand.value(dev),
                script.text("console"),
                Operand.named("S_IFREG|0600", S_IFREG | 0600),
                Flags.NONE);
        Datum copy = script.slot("console");
        script.call(label, Call.OPEN_TREE, Operand.value(terminal), script.text(""), Flags.COPY_OF_DESCRIPTOR)
                .into(copy);
        Datum target = script.slot("/dev/console");
        script.openInRoot(label, dev, "console", script.inRoot(false, false), target);
        script.attach(label, copy, target);
    }
}
