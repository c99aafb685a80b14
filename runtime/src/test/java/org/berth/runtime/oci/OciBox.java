package org.berth.runtime.oci;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.berth.base.Instance;
import org.berth.base.JsonTree;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.linux.launch.Launch;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.launch.Launcher;
import org.berth.runtime.oci.config.Hooks;
import org.berth.runtime.oci.config.IdMapping;
import org.berth.runtime.oci.config.OciConfig;
import org.berth.runtime.oci.config.OciProcess;
import org.berth.runtime.oci.config.Validation;
import org.berth.runtime.oci.facts.BundleFacts;
import org.berth.runtime.oci.plan.BundlePlacement;
import org.berth.runtime.oci.plan.BundlePlan;
import org.berth.runtime.oci.plan.HookPlan;
import org.berth.runtime.oci.plan.JoinPlan;
import org.berth.runtime.oci.plan.SyncMessage;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** One bundle of a test, its root made of busybox, created and started by the plans alone. */
final class OciBox implements AutoCloseable {
    private static final Path BUSYBOX = Path.of("/bin/busybox");
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final int P_PID = 1;
    private static final int WEXITED_ALL = 0x40000004;

    final Path folder;
    final Path root;
    final ObjectNode config;
    final List<String> said = new ArrayList<>();
    private final Map<SyncMessage, Runnable> hooks = new java.util.EnumMap<>(SyncMessage.class);
    private final List<Descriptor> passed = new ArrayList<>();
    private Optional<BundlePlacement.Filter> filter = Optional.empty();
    private boolean pivot = true;
    private int preserved;
    private UnaryOperator<LaunchProgram> change = UnaryOperator.identity();
    private OptionalInt pid = OptionalInt.empty();
    private List<String> labels = List.of();

    OciBox(Instance instance) {
        this(instance, "oci");
    }

    OciBox(Instance instance, String name) {
        this.folder = instance.root().resolve(name);
        this.root = folder.resolve("rootfs");
        try {
            for (String below : List.of("bin", "proc", "sys", "dev", "etc", "tmp", "root")) {
                Files.createDirectories(root.resolve(below));
            }
            Files.copy(BUSYBOX, root.resolve("bin/busybox"));
            for (String applet : List.of(
                    "sh",
                    "cat",
                    "echo",
                    "id",
                    "grep",
                    "ls",
                    "stat",
                    "sleep",
                    "mount",
                    "touch",
                    "hostname",
                    "readlink",
                    "ip",
                    "true",
                    "env",
                    "pwd",
                    "ulimit",
                    "nproc",
                    "tty",
                    "stty",
                    "head",
                    "mkdir",
                    "ps",
                    "dd",
                    "test",
                    "wc",
                    "date",
                    "uname",
                    "umask",
                    "cut",
                    "awk",
                    "sort",
                    "unshare",
                    "nice",
                    "chrt",
                    "mknod",
                    "kill")) {
                Files.createSymbolicLink(root.resolve("bin").resolve(applet), Path.of("busybox"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.config = (ObjectNode) JsonTree.read("""
                {"ociVersion": "1.2.1", "root": {"path": "rootfs"}, "hostname": "box",
                 "process": {"cwd": "/", "args": [], "env": ["PATH=/bin"], "user": {"uid": 0, "gid": 0},
                   "capabilities": {"bounding": ["CAP_CHOWN", "CAP_KILL"], "effective": ["CAP_CHOWN", "CAP_KILL"],
                     "permitted": ["CAP_CHOWN", "CAP_KILL"]}},
                 "mounts": [
                   {"destination": "/proc", "type": "proc", "source": "proc"},
                   {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
                    "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
                   {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
                    "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]},
                   {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": ["nosuid", "size=64k"]},
                   {"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": ["nosuid"]},
                   {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "ro"]}],
                 "linux": {"namespaces": [{"type": "pid"}, {"type": "network"}, {"type": "ipc"}, {"type": "uts"},
                   {"type": "mount"}, {"type": "cgroup"}],
                   "maskedPaths": ["/proc/kcore", "/proc/nosuch", "/sys/firmware"],
                   "readonlyPaths": ["/proc/sys", "/proc/nosuch"]}}""");
    }

    ObjectNode process() {
        return (ObjectNode) config.get("process");
    }

    ObjectNode linux() {
        return (ObjectNode) config.get("linux");
    }

    ArrayNode mounts() {
        return (ArrayNode) config.get("mounts");
    }

    /** Adds to the configuration: {@code linux("sysctl", "{...}")}. */
    OciBox linux(String member, String json) {
        linux().set(member, JsonTree.read(json));
        return this;
    }

    OciBox process(String member, String json) {
        process().set(member, JsonTree.read(json));
        return this;
    }

    OciBox mount(String json) {
        mounts().add(JsonTree.read(json));
        return this;
    }

    /** One more namespace, or another way to have one. */
    OciBox namespace(String type, String path) {
        ArrayNode list = (ArrayNode) linux().get("namespaces");
        for (int i = list.size() - 1; i >= 0; i--) {
            if (list.get(i).get("type").stringValue().equals(type)) {
                list.remove(i);
            }
        }
        ObjectNode one = list.addObject();
        one.put("type", type);
        if (!path.isEmpty()) {
            one.put("path", path);
        }
        return this;
    }

    OciBox without(String type) {
        ArrayNode list = (ArrayNode) linux().get("namespaces");
        for (int i = list.size() - 1; i >= 0; i--) {
            if (list.get(i).get("type").stringValue().equals(type)) {
                list.remove(i);
            }
        }
        return this;
    }

    OciBox arguments(String... arguments) {
        ArrayNode list = process().putArray("args");
        for (String argument : arguments) {
            list.add(argument);
        }
        return this;
    }

    OciBox filter(byte[] program, int flags, boolean notifies) {
        filter = Optional.of(new BundlePlacement.Filter(program, flags, notifies));
        return this;
    }

    OciBox withoutPivot() {
        pivot = false;
        return this;
    }

    OciBox preserve(Descriptor descriptor) {
        passed.add(preserved++, descriptor);
        return this;
    }

    /** A user namespace for the next id-mapped mount. */
    OciBox idMap(Descriptor namespace) {
        passed.add(namespace);
        return this;
    }

    OciBox at(SyncMessage message, Runnable hook) {
        hooks.put(message, hook);
        return this;
    }

    OciBox changing(UnaryOperator<LaunchProgram> value) {
        change = value;
        return this;
    }

    int pid() {
        return pid.orElseThrow();
    }

    /** Runs a script with its output in {@code /out}; that is what is returned. */
    String run(String script) {
        arguments("sh", "-c", "exec >/out 2>&1; " + script);
        create().ifPresent(message -> {
            throw new AssertionError(message);
        });
        start().ifPresent(message -> {
            throw new AssertionError(message);
        });
        await();
        return output();
    }

    String output() {
        try {
            return Files.readString(root.resolve("out")).strip();
        } catch (IOException e) {
            return "";
        }
    }

    /** Creates it. @return why not */
    Optional<String> create() {
        OciConfig parsed = parsed();
        fifo("exec.fifo");
        fifo("result.fifo");
        LaunchProgram program = change.apply(
                BundlePlan.of(parsed, placement(parsed, parsed.process().orElseThrow())));
        labels = program.steps().stream().map(step -> step.label()).toList();
        return create(parsed, program, new ArrayList<>(passed), true);
    }

    private OciConfig parsed() {
        OciConfig parsed = BundleFacts.absolute(OciConfig.parse(config), folder);
        Validation.check(parsed);
        return parsed;
    }

    private BundlePlacement placement(OciConfig parsed, OciProcess process) {
        Map<Integer, Integer> idMaps = new java.util.TreeMap<>();
        BundlePlan.idMapped(parsed).forEach(index -> idMaps.put(index, idMaps.size()));
        return new BundlePlacement(
                root,
                folder.resolve("exec.fifo"),
                folder.resolve("result.fifo"),
                List.of(),
                filter,
                preserved,
                idMaps,
                BundleFacts.fileMounts(parsed),
                BundleFacts.copied(parsed, root),
                BundleFacts.home(parsed, root, process),
                pivot,
                true,
                true,
                true,
                BundleFacts.lastCapability(),
                BundleFacts.copiesDetachedMounts(),
                BundleFacts.givenStreams());
    }

    /** Runs one more process, its output in {@code /exec}, which is returned; or why it could not. */
    String exec(String process) {
        OciProcess parsed = OciConfig.parseProcess(process.getBytes(StandardCharsets.UTF_8));
        OciConfig container = parsed();
        List<Descriptor> all = new ArrayList<>();
        int first = pid();
        try (Descriptor pidfd =
                new Descriptor((int) SystemCalls.call("pidfd", SystemCallNumber.PIDFD_OPEN, first, 0))) {
            all.add(pidfd);
            all.addAll(passed.subList(0, preserved));
            LaunchProgram program = JoinPlan.of(container.linux(), parsed, placement(container, parsed));
            Optional<String> failed = create(container, program, all, false);
            if (failed.isEmpty()) {
                wait(pid());
            }
            pid = OptionalInt.of(first);
            return failed.orElseGet(() -> text(root.resolve("exec")).strip());
        }
    }

    /** Runs a hook in the container. @return its exit code */
    int hook(String path, String... arguments) {
        Hooks.Hook hook = new Hooks.Hook(path, List.of(arguments), List.of("PATH=/bin"), Optional.empty());
        OciConfig container = parsed();
        OciProcess rights = container.process().orElseThrow();
        LaunchProgram program = HookPlan.of(container, rights, hook, placement(container, rights));
        try (Launcher launcher = new Launcher(folder);
                Descriptor place = new Descriptor((int) open("/proc/" + pid() + "/root", 0x200000));
                Descriptor pidfd =
                        new Descriptor((int) SystemCalls.call("pidfd", SystemCallNumber.PIDFD_OPEN, pid(), 0));
                Descriptor input = new Descriptor((int) open("/dev/null", 2));
                Launch launch = launcher.start(program, List.of("hook"), List.of(place, pidfd, input, input))) {
            Launch.Result result = launch.await(DEADLINE);
            wait((int) launch.pid());
            if (result instanceof Launch.Result.Started started) {
                return wait((int) started.pid());
            }
            throw new AssertionError(result.toString());
        }
    }

    private static long open(String path, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            return SystemCalls.call(
                    "open " + path,
                    SystemCallNumber.OPEN,
                    SystemCalls.text(arena, path).address(),
                    flags | 0x80000);
        }
    }

    /** A descriptor of the first process, as one of ours. */
    Descriptor take(int number) {
        try (Descriptor pidfd =
                new Descriptor((int) SystemCalls.call("pidfd", SystemCallNumber.PIDFD_OPEN, pid(), 0))) {
            return new Descriptor(
                    (int) SystemCalls.call("take", SystemCallNumber.PIDFD_GETFD, pidfd.number(), number, 0));
        }
    }

    /** @param waits whether it waits for its start */
    private Optional<String> create(OciConfig parsed, LaunchProgram program, List<Descriptor> after, boolean waits) {
        Descriptor[] pair = pair();
        List<Descriptor> all = new ArrayList<>();
        all.add(pair[1]);
        all.addAll(after);
        try (Launcher launcher = new Launcher(folder);
                Launch launch = launcher.start(program, List.of("oci-test"), all);
                Descriptor sync = pair[0]) {
            pair[1].close();
            boolean ready = false;
            while (!ready) {
                Optional<SyncMessage> message = read(sync);
                if (message.isEmpty()) {
                    break;
                }
                said.add(message.get().name());
                answer(message.get(), parsed, launch);
                ready = message.get() == SyncMessage.READY;
                write(sync);
            }
            wait((int) launch.pid());
            if (ready && waits) {
                return Optional.empty(); // the status pipe goes on until the exec
            }
            Launch.Result result = launch.await(DEADLINE);
            if (result instanceof Launch.Result.Failed failed) {
                pid.ifPresent(OciBox::wait);
                pid = OptionalInt.empty();
                return Optional.of(failed.message());
            }
            return ready ? Optional.empty() : Optional.of("ended: " + result);
        }
    }

    private void answer(SyncMessage message, OciConfig parsed, Launch launch) {
        if (message == SyncMessage.USER_NAMESPACE) {
            map(launch.pid(), "uid_map", parsed.linux().uidMappings());
            map(launch.pid(), "gid_map", parsed.linux().gidMappings());
        } else if (message == SyncMessage.NAMESPACES) {
            pid = OptionalInt.of(child());
        }
        hooks.getOrDefault(message, () -> {}).run();
    }

    static void map(long pid, String file, List<IdMapping> mappings) {
        StringBuilder lines = new StringBuilder();
        mappings.forEach(mapping -> lines.append(mapping.line()));
        try {
            Files.writeString(Path.of("/proc", Long.toString(pid), file), lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Our child whose name is that of a program before its exec. */
    private static int child() {
        return ProcessHandle.current()
                .children()
                .filter(child -> comm(child.pid()).equals("berth:init"))
                .mapToInt(child -> (int) child.pid())
                .max()
                .orElseThrow();
    }

    private static String comm(long pid) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), "comm"))
                    .strip();
        } catch (IOException e) {
            return "";
        }
    }

    /** Starts it. @return why not */
    Optional<String> start() {
        try (Descriptor result = fifo("result.fifo", 0x800);
                Descriptor go = fifo("exec.fifo", 0x801);
                Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(8);
            SystemCalls.call("start", SystemCallNumber.WRITE, go.number(), bytes.address(), 1);
            long size = poll(result, bytes, 8);
            return size == 0
                    ? Optional.empty()
                    : Optional.of(labels.get(bytes.get(ValueLayout.JAVA_INT, 0)) + ": "
                            + Errno.message(-bytes.get(ValueLayout.JAVA_INT, 4)));
        }
    }

    private Descriptor fifo(String name, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            long path = SystemCalls.text(arena, folder.resolve(name).toString()).address();
            return new Descriptor((int) SystemCalls.call("open " + name, SystemCallNumber.OPEN, path, flags));
        }
    }

    /** Waits for its end. @return the exit code, or 128 and the signal */
    int await() {
        int status = wait(pid());
        pid = OptionalInt.empty();
        return status;
    }

    private static int wait(int process) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(128, 8);
            long result = SystemCalls.attempt(SystemCallNumber.WAITID, P_PID, process, info.address(), WEXITED_ALL, 0);
            int code = info.get(ValueLayout.JAVA_INT, 8);
            int status = info.get(ValueLayout.JAVA_INT, 24);
            return result < 0 ? -1 : code == 1 ? status : 128 + status;
        }
    }

    private Optional<SyncMessage> read(Descriptor sync) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(1);
            if (poll(sync, bytes, 1) <= 0) {
                return Optional.empty();
            }
            byte letter = bytes.get(ValueLayout.JAVA_BYTE, 0);
            return java.util.Arrays.stream(SyncMessage.values())
                    .filter(message -> message.letter() == letter)
                    .findFirst();
        }
    }

    private static long poll(Descriptor descriptor, MemorySegment bytes, int size) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment request = arena.allocate(8, 8);
            request.set(ValueLayout.JAVA_INT, 0, descriptor.number());
            request.set(ValueLayout.JAVA_SHORT, 4, (short) 1);
            long ready = SystemCalls.call("poll", SystemCallNumber.POLL, request.address(), 1, DEADLINE.toMillis());
            if (ready == 0) {
                throw new AssertionError("nothing said within " + DEADLINE);
            }
            return SystemCalls.attempt(SystemCallNumber.READ, descriptor.number(), bytes.address(), size);
        }
    }

    private static void write(Descriptor sync) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(1);
            bytes.set(ValueLayout.JAVA_BYTE, 0, SyncMessage.GO_ON);
            SystemCalls.attempt(SystemCallNumber.SENDTO, sync.number(), bytes.address(), 1, 0x4000, 0, 0);
        }
    }

    private static Descriptor[] pair() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ends = arena.allocate(ValueLayout.JAVA_INT, 2);
            SystemCalls.call("socketpair", SystemCallNumber.SOCKETPAIR, 1, 0x80001, 0, ends.address());
            return new Descriptor[] {
                new Descriptor(ends.getAtIndex(ValueLayout.JAVA_INT, 0)),
                new Descriptor(ends.getAtIndex(ValueLayout.JAVA_INT, 1))
            };
        }
    }

    private void fifo(String name) {
        try (Arena arena = Arena.ofConfined()) {
            long path = SystemCalls.text(arena, folder.resolve(name).toString()).address();
            SystemCalls.call("mkfifo " + name, SystemCallNumber.MKNOD, path, 0010600, 0);
        }
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "";
        }
    }

    @Override
    public void close() {
        pid.ifPresent(process -> {
            SystemCalls.attempt(SystemCallNumber.KILL, process, 9);
            wait(process);
        });
        try (var files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
