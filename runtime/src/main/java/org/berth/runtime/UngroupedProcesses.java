package org.berth.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.berth.runtime.ContainerRuntime.Usage;

/**
 * The processes of a container that has no control groups, as with an ordinary user who was handed none: those of its
 * pid namespace. What has ended is counted only as far as its parents are there.
 *
 * @param ids on the host, ascending
 */
record UngroupedProcesses(Path proc, List<Long> ids) {
    private static final Path PROC = Path.of("/proc");
    private static final long PAGE_BYTES = 4096;
    private static final long NANOS_A_TICK = 10_000_000;

    /** Columns of /proc/PID/stat after the name (proc_pid_stat(5)): utime, stime, cutime, cstime are the next. */
    private static final int FIRST_TIME = 11;

    private static final int TIMES = 4;

    UngroupedProcesses {
        ids = List.copyOf(ids);
    }

    /** Those in the pid namespace of a process. */
    static UngroupedProcesses of(long pid) {
        Optional<Path> namespace = namespace(Long.toString(pid));
        List<Long> ids = new ArrayList<>();
        if (namespace.isPresent()) {
            try (Stream<Path> processes = Files.list(PROC)) {
                processes
                        .map(folder -> String.valueOf(folder.getFileName()))
                        .filter(name -> name.matches("[1-9][0-9]{0,9}"))
                        .filter(name -> namespace(name).equals(namespace))
                        .map(Long::parseLong)
                        .sorted()
                        .forEach(ids::add);
            } catch (IOException e) {
                return new UngroupedProcesses(PROC, List.of());
            }
        }
        return new UngroupedProcesses(PROC, ids);
    }

    /** Others' processes can't be asked. */
    private static Optional<Path> namespace(String process) {
        try {
            return Optional.of(Files.readSymbolicLink(PROC.resolve(process).resolve("ns/pid")));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Memory without what is shared, processor time; no limits, and no kills that anybody counts. */
    Usage usage() {
        long memory = 0;
        long cpu = 0;
        for (long id : ids) {
            memory += memory(read(id, "statm"));
            cpu += time(read(id, "stat"));
        }
        return new Usage(memory, 0, cpu, ids.size(), 0, 0);
    }

    private String read(long id, String file) {
        try {
            return Files.readString(proc.resolve(Long.toString(id)).resolve(file), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return ""; // it has ended
        }
    }

    /** "size resident shared ...", in pages. */
    static long memory(String statm) {
        String[] pages = statm.strip().split(" ", -1);
        return pages.length < 3 ? 0 : Math.max(0, Long.parseLong(pages[1]) - Long.parseLong(pages[2])) * PAGE_BYTES;
    }

    /** Its own and its ended children's, in nanoseconds. */
    static long time(String stat) {
        String[] columns = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
        long ticks = 0;
        for (int i = FIRST_TIME; i < FIRST_TIME + TIMES && i < columns.length; i++) {
            ticks += Long.parseLong(columns[i]);
        }
        return ticks * NANOS_A_TICK;
    }
}
