package org.berth.linux.cgroup;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/** The files of control groups; their errors keep the kernel's number. */
final class CgroupFiles {
    private static final int AT_FDCWD = -100;
    private static final int WRITE_ONLY = 1;
    private static final int CLOSE_ON_EXEC = 0x80000;

    private CgroupFiles() {}

    /** Opens a file to write to, or a folder with {@code flags}. */
    static Descriptor open(Path file, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            return new Descriptor((int) SystemCalls.call(
                    "open " + file,
                    SystemCallNumber.OPENAT,
                    AT_FDCWD,
                    SystemCalls.text(arena, file.toString()).address(),
                    flags | CLOSE_ON_EXEC,
                    0));
        }
    }

    static Descriptor openToWrite(Path file) {
        return open(file, WRITE_ONLY);
    }

    /** In their order; a file that several follow one another to is opened once. */
    static void writeAll(List<CgroupWrite> writes) {
        int from = 0;
        while (from < writes.size()) {
            int to = from + 1;
            while (to < writes.size()
                    && writes.get(to).file().equals(writes.get(from).file())) {
                to++;
            }
            write(writes.subList(from, to));
            from = to;
        }
    }

    static void write(CgroupWrite write) {
        write(List.of(write));
    }

    /** To one file; all of them optional or none. */
    private static void write(List<CgroupWrite> writes) {
        CgroupWrite first = writes.getFirst();
        try (Descriptor descriptor = openToWrite(first.file())) {
            writes.forEach(write -> write(descriptor, write.file(), write.value()));
        } catch (SystemCallException e) {
            if (!first.optional() || e.errno() != Errno.ENOENT) {
                throw e;
            }
        }
    }

    static void write(Path file, String value) {
        try (Descriptor descriptor = openToWrite(file)) {
            write(descriptor, file, value);
        }
    }

    /** Each value by a write(2) of its own, as these files want it. */
    private static void write(Descriptor descriptor, Path file, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.US_ASCII);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
            SystemCalls.call(
                    "write '" + value + "' to " + file,
                    SystemCallNumber.WRITE,
                    descriptor.number(),
                    segment.address(),
                    bytes.length);
        }
    }

    /** Makes a group; that it is there already is fine. */
    static void makeFolder(Path folder) {
        try (Arena arena = Arena.ofConfined()) {
            long result = SystemCalls.attempt(
                    SystemCallNumber.MKDIR,
                    SystemCalls.text(arena, folder.toString()).address(),
                    0755);
            if (result < 0 && result != -Errno.EEXIST) {
                throw new SystemCallException("make the control group " + folder, (int) -result);
            }
        }
    }

    /** Removes a group. @return 0, or the negated error number */
    static long removeFolder(Path folder) {
        try (Arena arena = Arena.ofConfined()) {
            return SystemCalls.attempt(
                    SystemCallNumber.RMDIR,
                    SystemCalls.text(arena, folder.toString()).address());
        }
    }

    /** A file's text without the last newline; empty when the file, or its group, is not there. */
    static Optional<String> read(Path file) {
        try {
            return Optional.of(Files.readString(file).strip());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    static long readNumber(Path file, long otherwise) {
        return read(file)
                .filter(text -> text.matches("[0-9]{1,18}"))
                .map(Long::parseLong)
                .orElse(otherwise);
    }

    /** The number beside a key in lines of "key number". */
    static long readKey(Path file, String key) {
        return read(file).stream()
                .flatMap(String::lines)
                .filter(line -> line.startsWith(key + " "))
                .map(line -> line.substring(key.length() + 1).strip())
                .filter(text -> text.matches("[0-9]{1,18}"))
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElse(0);
    }
}
