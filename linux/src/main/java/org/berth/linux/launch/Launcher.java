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
import java.util.UUID;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/**
 * Runs launch programs: encodes one into a sealed memory file (memfd_create(2)) and starts it with
 * posix_spawn. The started process is a child of this one, in a session of its own.
 */
public final class Launcher {
    /** Where the program finds the write end of the status pipe. */
    public static final int STATUS_DESCRIPTOR = 3;

    /** Where the program finds the first of the descriptors passed to it. */
    public static final int FIRST_PASSED_DESCRIPTOR = 4;

    private static final int MFD_CLOEXEC = 1;
    private static final int MFD_ALLOW_SEALING = 2;
    private static final int MFD_EXEC = 0x10;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int F_ADD_SEALS = 1033;
    private static final int ALL_SEALS = 0x0f; // SEAL, SHRINK, GROW, WRITE
    private static final int O_CLOEXEC = 0x80000;

    /** Descriptors to pass are first moved here or above, out of the way of their targets. */
    private static final int CLEAR_OF_TARGETS = 64;

    private final Path folder;

    /** @param folder takes the executable for a moment where memory files can't be executed */
    public Launcher(Path folder) {
        this.folder = folder;
    }

    /**
     * Starts a program.
     *
     * @param arguments what ps(1) shows
     * @param passed become descriptors {@link #FIRST_PASSED_DESCRIPTOR} and up; they stay the caller's
     * @throws SystemCallException when the kernel refuses
     */
    public Launch start(LaunchProgram program, List<String> arguments, List<Descriptor> passed) {
        byte[] executable = LaunchEncoder.encode(program);
        List<Descriptor> opened = new ArrayList<>();
        Descriptor[] pipe = pipe();
        opened.add(pipe[1]);
        try {
            List<Descriptor> moved = new ArrayList<>();
            moved.add(move(pipe[1], opened));
            for (Descriptor descriptor : passed) {
                moved.add(move(descriptor, opened));
            }
            long pid = spawn(executable, arguments, moved);
            return new Launch(program, pid, pipe[0]);
        } catch (RuntimeException e) {
            pipe[0].close();
            throw e;
        } finally {
            opened.forEach(Descriptor::close);
        }
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

    private static Descriptor[] pipe() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ends = arena.allocate(ValueLayout.JAVA_INT, 2);
            SystemCalls.call("make the status pipe", SystemCallNumber.PIPE2, ends.address(), O_CLOEXEC);
            return new Descriptor[] {
                new Descriptor(ends.getAtIndex(ValueLayout.JAVA_INT, 0)),
                new Descriptor(ends.getAtIndex(ValueLayout.JAVA_INT, 1))
            };
        }
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
