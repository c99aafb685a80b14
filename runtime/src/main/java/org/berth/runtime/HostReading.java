package org.berth.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.berth.linux.OwnUserNamespace;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.runtime.plan.HostFacts;

/** Reads what plans need to know of this machine. */
final class HostReading {
    private static final int RLIMIT_NOFILE = 7;
    private static final int LINE_MAX = 4096;
    private static final Path KERNEL = Path.of("/proc/sys/kernel");

    private HostReading() {}

    static HostFacts facts() {
        String[] release = read(KERNEL.resolve("osrelease")).split("[.-]", 3);
        return new HostFacts(
                Integer.parseInt(release[0]),
                Integer.parseInt(release[1]),
                Integer.parseInt(read(KERNEL.resolve("cap_last_cap"))),
                processors(),
                openFilesMax(),
                !OwnUserNamespace.isMachines());
    }

    /** Changes with every start of the kernel. */
    static String bootId() {
        return read(KERNEL.resolve("random/boot_id"));
    }

    /** Folders, not processors online: those that come later must be masked too. */
    private static int processors() {
        try (Stream<Path> folders = Files.list(Path.of("/sys/devices/system/cpu"))) {
            return (int)
                    folders.filter(path -> String.valueOf(path.getFileName()).matches("cpu[0-9]+"))
                            .count();
        } catch (IOException e) {
            return Runtime.getRuntime().availableProcessors();
        }
    }

    private static long openFilesMax() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment limits = arena.allocate(ValueLayout.JAVA_LONG, 2);
            SystemCalls.call(
                    "read the limit of open files", SystemCallNumber.PRLIMIT64, 0, RLIMIT_NOFILE, 0, limits.address());
            long hard = limits.getAtIndex(ValueLayout.JAVA_LONG, 1);
            return hard < 0 ? Long.MAX_VALUE : hard;
        }
    }

    /**
     * In one read(2): some files of /proc/sys answer an offset that is not 0 with an end of file, and
     * {@code Files.readString} starts with one byte.
     */
    private static String read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(LINE_MAX), StandardCharsets.US_ASCII).trim();
        } catch (IOException e) {
            throw new UncheckedIOException("read " + file + ": " + e.getMessage(), e);
        }
    }
}
