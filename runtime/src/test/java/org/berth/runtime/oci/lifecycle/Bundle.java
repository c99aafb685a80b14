package org.berth.runtime.oci.lifecycle;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.berth.base.Instance;
import org.berth.base.JsonTree;
import org.berth.linux.launch.LaunchProgram;
import tools.jackson.databind.node.ObjectNode;

/** One bundle of a test, of busybox, with the runtime's operations on it. */
final class Bundle implements AutoCloseable {
    private static final Path BUSYBOX = Path.of("/bin/busybox");

    final Path folder;
    final Path trace;
    final String id;
    final List<String> warnings = new ArrayList<>();
    final ObjectNode config;
    private final StateStore store;
    private UnaryOperator<LaunchProgram> change = UnaryOperator.identity();

    Optional<Path> pidDescriptorSocket = Optional.empty();

    Bundle(Instance instance) {
        folder = instance.root().resolve("bundle");
        trace = folder.resolve("trace");
        id = "oci-" + instance.tag();
        store = new StateStore(instance.run().resolve("oci"));
        try {
            for (String below : List.of("bin", "proc", "dev", "sys")) {
                Files.createDirectories(folder.resolve("rootfs").resolve(below));
            }
            Files.copy(BUSYBOX, folder.resolve("rootfs/bin/busybox"));
            for (String applet : List.of("sh", "true", "sleep", "cat", "echo", "kill")) {
                Files.createSymbolicLink(folder.resolve("rootfs/bin").resolve(applet), Path.of("busybox"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        config = (ObjectNode) JsonTree.read("""
                {"ociVersion": "1.2.1", "root": {"path": "rootfs"},
                 "process": {"cwd": "/", "args": ["sleep", "1000"], "env": ["PATH=/bin"]},
                 "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
                   {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"}],
                 "linux": {"cgroupsPath": "/%s", "resources": {"pids": {"limit": 50}},
                   "namespaces": [{"type": "pid"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"},
                     {"type": "cgroup"}, {"type": "network"}]}}""".formatted(id));
    }

    Bundle arguments(String... arguments) {
        var list = ((ObjectNode) config.get("process")).putArray("args");
        for (String argument : arguments) {
            list.add(argument);
        }
        return this;
    }

    /** A hook of the host that says its name and the state it was given. */
    Bundle hook(String kind, String then) {
        String path = kind.equals("startContainer") ? "/bin/sh" : BUSYBOX.toString();
        String place = kind.equals("startContainer") ? "/trace" : trace.toString();
        String shell = kind.equals("startContainer") ? "sh" : "busybox\", \"sh";
        String json = """
                {"path": "%s", "args": ["%s", "-c", "echo %s $(cat) >>%s; %s"], "env": ["PATH=/bin"], "timeout": 1}""".formatted(path, shell, kind, place, then);
        ObjectNode hooks = config.get("hooks") instanceof ObjectNode known ? known : config.putObject("hooks");
        hooks.withArray(kind).add(JsonTree.read(json));
        return this;
    }

    Bundle changing(UnaryOperator<LaunchProgram> value) {
        change = value;
        return this;
    }

    Containers containers() {
        return new Containers(new Environment(store, Clock.systemUTC(), warnings::add, change));
    }

    void create() {
        try {
            Files.writeString(folder.resolve("config.json"), config.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        containers().create(request(id));
    }

    CreateRequest request(String name) {
        return new CreateRequest(
                name,
                folder,
                "config.json",
                Optional.empty(),
                Optional.of(folder.resolve("pid")),
                pidDescriptorSocket,
                0,
                false,
                false,
                GroupManager.FOLDERS,
                false);
    }

    StateFolder state() {
        return store.folder(id);
    }

    Status status() {
        return containers().state(id).status();
    }

    /** What the hooks said, the last word of each line cut off. */
    List<String> traced() {
        return lines(trace);
    }

    static List<String> lines(Path file) {
        try {
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Processes in its control group; none where that is gone. */
    List<String> processes() {
        return lines(Path.of("/sys/fs/cgroup/pids", id, "cgroup.procs"));
    }

    @Override
    public void close() {
        containers().delete(id, true);
        try (var files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        store.root().toFile().delete();
    }
}
