package org.berth.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Descriptor;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.runtime.ContainerRuntime.StartedProcess;

/**
 * The pid namespace of another container, which one joins at its start. Held open from before that one's process is
 * seen alive: a path with a process's number may lead to another's a moment later.
 */
record JoinedProcesses(Optional<Descriptor> namespace) implements AutoCloseable {
    private static final int AT_FDCWD = -100;
    private static final long O_CLOEXEC = 0x80000;

    /**
     * That which a container's request names, if it does.
     *
     * @throws BerthException NOT_FOUND, CONFLICT when it does not run, INVALID when it has other user ids
     */
    static JoinedProcesses of(ContainerRecord record, Registry registry) {
        Optional<String> wanted = record.request().jail().flatMap(JailRequest::processesOf);
        return new JoinedProcesses(wanted.map(name -> open(record, registry.get(name))));
    }

    private static Descriptor open(ContainerRecord record, LiveContainer other) {
        if (!other.record().users().equals(record.users())) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "cannot join the pid namespace of container "
                            + other.record().name()
                            + ": it has other user ids; both must be of one project, or have the machine's");
        }
        StartedProcess process = running(other);
        Descriptor file = open(Path.of("/proc", Long.toString(process.pid()), "ns/pid"));
        if (process.exit().isDone()) {
            file.close();
            throw notRunning(other);
        }
        return file;
    }

    private static Descriptor open(Path file) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = SystemCalls.text(arena, file.toString());
            return new Descriptor((int)
                    SystemCalls.call("open " + file, SystemCallNumber.OPENAT, AT_FDCWD, name.address(), O_CLOEXEC, 0));
        }
    }

    private static StartedProcess running(LiveContainer other) {
        return other.process()
                .filter(process -> other.active() && !process.exit().isDone())
                .orElseThrow(() -> notRunning(other));
    }

    private static BerthException notRunning(LiveContainer other) {
        return new BerthException(
                ErrorCode.CONFLICT,
                "cannot join the pid namespace of a non running container: "
                        + other.record().name());
    }

    /** By which another process of the machine's root finds it. */
    Optional<Path> file() {
        String own = Long.toString(ProcessHandle.current().pid());
        return namespace.map(held -> Path.of("/proc", own, "fd", Integer.toString(held.number())));
    }

    @Override
    public void close() {
        namespace.ifPresent(Descriptor::close);
    }
}
