package org.berth.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Descriptor;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.runtime.ContainerRuntime.StartedProcess;
import org.berth.runtime.Isolation.JoinedIpc;

/**
 * The namespaces of other containers, which one joins at its start. Held open from before their processes are seen alive: a
 * path with a process's number may lead to another's a moment later.
 */
final class JoinedNamespaces implements AutoCloseable {
    private static final int AT_FDCWD = -100;
    private static final long O_CLOEXEC = 0x80000;

    /** By their names in /proc/PID/ns. */
    private final Map<String, Descriptor> held = new LinkedHashMap<>();

    private final ContainerRecord record;

    private JoinedNamespaces(ContainerRecord record) {
        this.record = record;
    }

    /**
     * Those that a container's request names.
     *
     * @throws BerthException NOT_FOUND, CONFLICT when one does not run or does not share, INVALID when it has other user
     *     ids
     */
    static JoinedNamespaces of(ContainerRecord record, Registry registry) {
        JoinedNamespaces joined = new JoinedNamespaces(record);
        JailRequest jail = record.request().jail().orElse(JailRequest.STANDARD);
        try {
            jail.processesOf().ifPresent(name -> joined.hold("pid", registry.get(name), List.of("pid")));
            jail.ipcOf().ifPresent(name -> joined.hold("ipc", sharing(registry.get(name)), List.of("ipc", "mnt")));
            return joined;
        } catch (RuntimeException e) {
            joined.close();
            throw e;
        }
    }

    /** As in docker's engine a container's messages and shared memory are its own, unless it says otherwise. */
    private static LiveContainer sharing(LiveContainer other) {
        if (!other.record().request().jail().orElse(JailRequest.STANDARD).sharesIpc()) {
            throw new BerthException(
                    ErrorCode.CONFLICT,
                    "cannot join the ipc namespace of container "
                            + other.record().name()
                            + ": it is its own (non-shareable IPC); start that one with ipc: shareable");
        }
        return other;
    }

    private void hold(String kind, LiveContainer other, List<String> names) {
        String name = other.record().name();
        if (!other.record().users().equals(record.users())) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "cannot join the " + kind + " namespace of container " + name
                            + ": it has other user ids; both must be of one project, or have the machine's");
        }
        Optional<StartedProcess> process =
                other.process().filter(one -> other.active() && !one.exit().isDone());
        process.ifPresent(one -> names.forEach(each -> held.put(each, open(file(one, each)))));
        if (process.isEmpty() || process.get().exit().isDone()) {
            throw new BerthException(
                    ErrorCode.CONFLICT, "cannot join the " + kind + " namespace of a non running container: " + name);
        }
    }

    private static Path file(StartedProcess process, String name) {
        return Path.of("/proc", Long.toString(process.pid()), "ns", name);
    }

    private static Descriptor open(Path file) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = SystemCalls.text(arena, file.toString());
            return new Descriptor((int)
                    SystemCalls.call("open " + file, SystemCallNumber.OPENAT, AT_FDCWD, name.address(), O_CLOEXEC, 0));
        }
    }

    /** The pid namespace, by which another process of the machine's root finds it. */
    Optional<Path> processes() {
        return file("pid");
    }

    /** The IPC namespace likewise. */
    Optional<JoinedIpc> ipc() {
        return file("ipc").flatMap(namespace -> file("mnt").map(mounts -> new JoinedIpc(namespace, mounts)));
    }

    private Optional<Path> file(String name) {
        String own = Long.toString(ProcessHandle.current().pid());
        return Optional.ofNullable(held.get(name))
                .map(descriptor -> Path.of("/proc", own, "fd", Integer.toString(descriptor.number())));
    }

    @Override
    public void close() {
        new ArrayList<>(held.values()).forEach(Descriptor::close);
        held.clear();
    }
}
