package org.berth.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What processes hold in memory (proc_pid_status(5), smaps_rollup). */
final class Memory {
    private Memory() {}

    static long residentKib(long pid) throws IOException {
        return field(Path.of("/proc/" + pid + "/status"), "VmRSS:");
    }

    /** Proportional memory of all monitors: the processes whose name bears the instance's tag. */
    static double monitorsKib(String tag) throws IOException {
        double sum = 0;
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            for (Path process : processes.filter(path -> named(path, tag)).toList()) {
                sum += field(process.resolve("smaps_rollup"), "Pss:");
            }
        }
        return sum;
    }

    /** Processor time a process has used, in hundredths of a second (proc_pid_stat(5)). */
    static long processorTicks(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    }

    /** How many threads a process has. */
    static long threads(long pid) throws IOException {
        return field(Path.of("/proc/" + pid + "/status"), "Threads:");
    }

    /** What the kernel holds for itself: slab, stacks, page tables, per-processor memory. */
    static long kernelKib() throws IOException {
        Path file = Path.of("/proc/meminfo");
        return field(file, "Slab:") + field(file, "KernelStack:") + field(file, "PageTables:") + field(file, "Percpu:");
    }

    private static boolean named(Path process, String tag) {
        try {
            return Files.readString(process.resolve("comm")).contains(tag);
        } catch (IOException e) {
            return false; // no process, or one that has ended
        }
    }

    private static long field(Path file, String name) throws IOException {
        for (String line : Files.readAllLines(file)) {
            if (line.startsWith(name)) {
                return Long.parseLong(line.replaceAll("[^0-9]", ""));
            }
        }
        throw new IOException("no " + name + " in " + file);
    }
}
