package org.berth.linux.launch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.Pipe;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/**
 * Runs launch programs: encodes one into a sealed memory file (memfd_create(2)) and starts it with
 * posix_spawn, or has a process that was spawned before become it. The started process is a child of
 * this one, in a session of its own.
 */
public final class Launcher implements AutoCloseable {
    /** Where the program finds the write end of the status pipe. */
    public static final int STATUS_DESCRIPTOR = 3;

    /** Where the program finds the first of the descriptors passed to it. */
    public static final int FIRST_PASSED_DESCRIPTOR = 4;

    private static final String STATUS_PIPE = "make the status pipe";
    private static final int MFD_CLOEXEC = 1;
    private static final int MFD_ALLOW_SEALING = 2;
    private static final int MFD_EXEC = 0x10;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int F_ADD_SEALS = 1033;
    private static final int ALL_SEALS = 0x0f; // SEAL, SHRINK, GROW, WRITE
    private static final int O_CLOEXEC = 0x80000;

    /** Descriptors to pass are first moved here or above, out of the way of their targets. */
    private static final int CLEAR_OF_TARGETS = 64;

    private static final int AF_UNIX = 1;
    private static final int SOCK_SEQPACKET = 5;

    private final Path folder;
    private final Optional<SpareProcesses> spares;

    private Launcher(Path folder, boolean ahead) {
        this.folder = folder;
        this.spares = ahead ? Optional.of(new SpareProcesses(Launcher::spare)) : Optional.empty();
    }

    /** @param folder takes the executable for a moment where memory files can't be executed */
    public Launcher(Path folder) {
        this(folder, false);
    }

    /**
     * One that spawns processes ahead of their use, once it was used.
     *
     * @param folder takes the executable for a moment where memory files can't be executed
     */
    public static Launcher spawningAhead(Path folder) {
        return new Launcher(folder, true);
    }

    /**
     * Starts a program.
     *
     * @param arguments what ps(1) shows
     * @param passed become descriptors {@link #FIRST_PASSED_DESCRIPTOR} and up; they stay the caller's
     * @throws SystemCallException when the kernel refuses
     */
    public Launch start(LaunchProgram program, List<String> arguments, List<Descriptor> passed) {
        return start(EncodedProgram.of(program), arguments, passed);
    }

    /** The same of a program that is encoded already. */
    public Launch start(EncodedProgram program, List<String> arguments, List<Descriptor> passed) {
        return become(program, passed).orElseGet(() -> spawn(program, arguments, passed));
    }

    /** A process that waits becomes the program, if there is one and the program fits. */
    private Optional<Launch> become(EncodedProgram program, List<Descriptor> passed) {
        if (spares.isEmpty() || passed.size() > WaitingProgram.DESCRIPTORS_MAX) {
            return Optional.empty();
        }
        Optional<SpareProcess> spare = spares.get().take();
        if (spare.isEmpty()) {
            return Optional.empty();
        }
        Optional<byte[]> image = program.image();
        if (image.isEmpty() || !spare.get().become(image.get(), passed)) {
            spare.get().end();
            return Optional.empty();
        }
        return Optional.of(new Launch(program, spare.get().pid(), spare.get().status()));
    }

    private Launch spawn(EncodedProgram program, List<String> arguments, List<Descriptor> passed) {
        List<Descriptor> opened = new ArrayList<>();
        Pipe pipe = Pipe.open(STATUS_PIPE);
        opened.add(pipe.write());
        try {
            List<Descriptor> moved = new ArrayList<>();
            moved.add(move(pipe.write(), opened));
            for (Descriptor descriptor : passed) {
                moved.add(move(descriptor, opened));
            }
            long pid = spawn(program.executable(), arguments, moved);
            return new Launch(program, pid, pipe.read());
        } catch (RuntimeException e) {
            pipe.read().close();
            throw e;
        } finally {
            opened.forEach(Descriptor::close);
        }
    }

    /**
     * This very process becomes the program, with its number, descriptors and standard streams: nothing of what it was is
     * left, no thread of it goes on.
     *
     * @param folder takes the executable where memory files can't be executed
     * @throws SystemCallException when the kernel refuses; there is no other way to return
     */
    public static void become(LaunchProgram program, Path folder) {
        byte[] executable = LaunchEncoder.encode(program);
        try (Descriptor file = memoryFile(executable)) {
            execute(file.path());
        } catch (SystemCallException e) {
            if (e.errno() != Errno.EACCES && e.errno() != Errno.EPERM) {
                throw e;
            }
            Path file = folder.resolve(".launch-enter");
            try {
                Files.deleteIfExists(file);
                Files.createFile(
                        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                Files.write(file, executable);
            } catch (IOException failure) {
                throw new UncheckedIOException("write " + file + ": " + failure.getMessage(), failure);
            }
            execute(file.toString());
        }
    }

    private static void execute(String path) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment arguments = arena.allocate(ValueLayout.JAVA_LONG, 2);
            arguments.setAtIndex(
                    ValueLayout.JAVA_LONG, 0, SystemCalls.text(arena, "berth").address());
            MemorySegment environment = arena.allocate(ValueLayout.JAVA_LONG, 1);
            long file = SystemCalls.text(arena, path).address();
            SystemCalls.call(
                    "execute a launch program",
                    SystemCallNumber.EXECVE,
                    file,
                    arguments.address(),
                    environment.address());
        }
    }

    /**
     * A process that waits for its program.
     *
     * @throws SystemCallException when the kernel refuses, as where memory files can't be executed
     */
    private static SpareProcess spare() {
        List<Descriptor> theirs = new ArrayList<>();
        Pipe status = Pipe.open(STATUS_PIPE);
        theirs.add(status.write());
        try {
            Descriptor[] sockets = sockets();
            theirs.add(sockets[1]);
            try {
                List<Descriptor> passed = List.of(move(status.write(), theirs), move(sockets[1], theirs));
                return new SpareProcess(spawnWaiting(passed), status.read(), sockets[0]);
            } catch (RuntimeException e) {
                sockets[0].close();
                throw e;
            }
        } catch (RuntimeException e) {
            status.read().close();
            throw e;
        } finally {
            theirs.forEach(Descriptor::close);
        }
    }

    private static long spawnWaiting(List<Descriptor> passed) {
        try (Descriptor file = memoryFile(WaitingProgram.executable())) {
            return Spawn.spawn(file.path(), List.of("berth"), STATUS_DESCRIPTOR, passed);
        }
    }

    /** Has processes spawned ahead of the first use, if this launcher does. */
    public void spawnAhead() {
        spares.ifPresent(SpareProcesses::fill);
    }

    /** The ids of the processes that wait. */
    List<Long> spares() {
        return spares.map(SpareProcesses::ids).orElse(List.of());
    }

    /** Ends what was spawned and is not used; what was started goes on. */
    @Override
    public void close() {
        spares.ifPresent(SpareProcesses::close);
    }

    private long spawn(byte[] executable, List<String> arguments, List<Descriptor> passed) {
        try (Descriptor file = memoryFile(executable)) {
            return Spawn.spawn(file.path(), arguments, STATUS_DESCRIPTOR, passed);
        } catch (SystemCallException e) {
            // vm.memfd_noexec=2 (kernel Documentation/admin-guide/sysctl/vm.rst) refuses either step
            if (e.errno() != Errno.EACCES && e.errno() != Errno.EPERM) {
                throw e;
            }
            return spawnFromFolder(executable, arguments, passed);
        }
    }

    private long spawnFromFolder(byte[] executable, List<String> arguments, List<Descriptor> passed) {
        Path file = folder.resolve(".launch-" + UUID.randomUUID());
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            try {
                Files.write(file, executable);
                return Spawn.spawn(file.toString(), arguments, STATUS_DESCRIPTOR, passed);
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("write " + file + ": " + e.getMessage(), e);
        }
    }

    private static Descriptor memoryFile(byte[] content) {
        try (Arena arena = Arena.ofConfined()) {
            long name = SystemCalls.text(arena, "berth").address();
            int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
            long number = SystemCalls.attempt(SystemCallNumber.MEMFD_CREATE, name, flags | MFD_EXEC);
            if (number == -Errno.EINVAL) { // MFD_EXEC came with Linux 6.3
                number = SystemCalls.attempt(SystemCallNumber.MEMFD_CREATE, name, flags);
            }
            if (number < 0) {
                throw new SystemCallException("create the launch program's memory file", (int) -number);
            }
            Descriptor file = new Descriptor((int) number);
            try {
                write(file, content, arena);
                SystemCalls.call("seal the launch program", SystemCallNumber.FCNTL, number, F_ADD_SEALS, ALL_SEALS);
                return file;
            } catch (SystemCallException e) {
                file.close();
                throw e;
            }
        }
    }

    private static void write(Descriptor file, byte[] content, Arena arena) {
        MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, content);
        long written = 0;
        while (written < content.length) {
            written += SystemCalls.call(
                    "write the launch program",
                    SystemCallNumber.WRITE,
                    file.number(),
                    bytes.address() + written,
                    content.length - written);
        }
    }

    private static Descriptor[] sockets() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ends = arena.allocate(ValueLayout.JAVA_INT, 2);
            int type = SOCK_SEQPACKET | O_CLOEXEC;
            SystemCalls.call("make a program's socket", SystemCallNumber.SOCKETPAIR, AF_UNIX, type, 0, ends.address());
            return descriptors(ends);
        }
    }

    private static Descriptor[] descriptors(MemorySegment pair) {
        return new Descriptor[] {
            new Descriptor(pair.getAtIndex(ValueLayout.JAVA_INT, 0)),
            new Descriptor(pair.getAtIndex(ValueLayout.JAVA_INT, 1))
        };
    }

    private static Descriptor move(Descriptor descriptor, List<Descriptor> opened) {
        long number = SystemCalls.call(
                "duplicate descriptor " + descriptor.number(),
                SystemCallNumber.FCNTL,
                descriptor.number(),
                F_DUPFD_CLOEXEC,
                CLEAR_OF_TARGETS);
        Descriptor moved = new Descriptor((int) number);
        opened.add(moved);
        return moved;
    }
}
