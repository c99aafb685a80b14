package org.berth.linux.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.berth.linux.cgroup.GroupStatistics.Amount;
import org.berth.linux.cgroup.GroupStatistics.BlockCount;
import org.berth.linux.cgroup.GroupStatistics.BlockIo;
import org.berth.linux.cgroup.GroupStatistics.Memory;
import org.berth.linux.cgroup.GroupStatistics.Pids;
import org.berth.linux.cgroup.GroupStatistics.Processor;
import org.berth.linux.cgroup.GroupStatistics.Rdma;

/** Reads v2's counters. */
final class UnifiedStatistics {
    private static final long NANOS_PER_MICRO = 1000;

    private UnifiedStatistics() {}

    static GroupStatistics read(Path folder) {
        return new GroupStatistics(
                processor(folder), memory(folder), pids(folder), blockIo(folder), hugePages(folder), rdma(folder));
    }

    private static Processor processor(Path folder) {
        SortedMap<String, Long> stat = Counters.keys(folder.resolve("cpu.stat"));
        return new Processor(
                stat.getOrDefault("usage_usec", 0L) * NANOS_PER_MICRO,
                List.of(),
                stat.getOrDefault("user_usec", 0L) * NANOS_PER_MICRO,
                stat.getOrDefault("system_usec", 0L) * NANOS_PER_MICRO,
                stat.getOrDefault("nr_periods", 0L),
                stat.getOrDefault("nr_throttled", 0L),
                stat.getOrDefault("throttled_usec", 0L) * NANOS_PER_MICRO,
                Counters.pressure(folder.resolve("cpu.pressure")));
    }

    private static Memory memory(Path folder) {
        SortedMap<String, Long> raw = Counters.keys(folder.resolve("memory.stat"));
        SortedMap<String, Long> events = Counters.keys(folder.resolve("memory.events"));
        Amount usage = amount(folder, "memory", events.getOrDefault("max", 0L));
        Amount swap = amount(
                folder,
                "memory.swap",
                Counters.keys(folder.resolve("memory.swap.events")).getOrDefault("max", 0L));
        return new Memory(
                raw.getOrDefault("file", 0L),
                usage,
                new Amount(usage.usage() + swap.usage(), 0, sum(usage.limit(), swap.limit()), swap.failures()),
                swap,
                new Amount(raw.getOrDefault("kernel", 0L), 0, Long.MAX_VALUE, 0),
                new Amount(raw.getOrDefault("sock", 0L), 0, Long.MAX_VALUE, 0),
                true,
                raw,
                events.getOrDefault("oom_kill", 0L),
                Counters.pressure(folder.resolve("memory.pressure")));
    }

    private static long sum(long one, long other) {
        return one == Long.MAX_VALUE || other == Long.MAX_VALUE ? Long.MAX_VALUE : one + other;
    }

    private static Amount amount(Path folder, String prefix, long failures) {
        return new Amount(
                CgroupFiles.readNumber(folder.resolve(prefix + ".current"), 0),
                CgroupFiles.readNumber(folder.resolve(prefix + ".peak"), 0),
                Counters.limit(folder.resolve(prefix + ".max")),
                failures);
    }

    private static Pids pids(Path folder) {
        return new Pids(
                CgroupFiles.readNumber(folder.resolve("pids.current"), 0),
                CgroupFiles.readNumber(folder.resolve("pids.max"), 0));
    }

    private static BlockIo blockIo(Path folder) {
        List<BlockCount> bytes = new ArrayList<>();
        List<BlockCount> operations = new ArrayList<>();
        for (String line : Counters.lines(folder.resolve("io.stat"))) {
            blocks(line, Map.of("rbytes", "Read", "wbytes", "Write", "dbytes", "Discard"), bytes);
            blocks(line, Map.of("rios", "Read", "wios", "Write", "dios", "Discard"), operations);
        }
        return new BlockIo(
                bytes,
                operations,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                Counters.pressure(folder.resolve("io.pressure")));
    }

    /** "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6". */
    static void blocks(String line, Map<String, String> operations, List<BlockCount> counts) {
        String[] disk = line.split(" ", 2)[0].split(":", -1);
        if (disk.length != 2 || !Counters.isNumber(disk[0]) || !Counters.isNumber(disk[1])) {
            return;
        }
        SortedMap<String, String> values = Counters.values(line);
        new TreeMap<>(operations).forEach((key, operation) -> {
            if (Counters.isNumber(values.getOrDefault(key, ""))) {
                counts.add(new BlockCount(
                        Counters.parse(disk[0]),
                        Counters.parse(disk[1]),
                        operation,
                        Counters.parse(values.getOrDefault(key, "0"))));
            }
        });
    }

    static SortedMap<String, Amount> hugePages(Path folder) {
        SortedMap<String, Amount> pages = new TreeMap<>();
        for (String size : pageSizes(folder, ".current")) {
            String prefix = "hugetlb." + size;
            pages.put(size, amount(folder, prefix, CgroupFiles.readKey(folder.resolve(prefix + ".events"), "max")));
        }
        return pages;
    }

    /** The sizes that have a file: "2MB" for hugetlb.2MB.current. */
    static List<String> pageSizes(Path folder, String ending) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("hugetlb.") && name.endsWith(ending))
                    .map(name -> name.substring("hugetlb.".length(), name.length() - ending.length()))
                    .filter(size -> size.matches("[0-9]+[KMG]B"))
                    .toList();
        } catch (IOException | java.io.UncheckedIOException e) {
            return List.of();
        }
    }

    static SortedMap<String, Rdma> rdma(Path folder) {
        SortedMap<String, Rdma> devices = new TreeMap<>();
        Map<String, SortedMap<String, String>> limits = new TreeMap<>();
        Counters.lines(folder.resolve("rdma.max"))
                .forEach(line -> limits.put(line.split(" ", 2)[0], Counters.values(line)));
        Counters.lines(folder.resolve("rdma.current")).forEach(line -> {
            SortedMap<String, String> used = Counters.values(line);
            SortedMap<String, String> limit = limits.getOrDefault(line.split(" ", 2)[0], new TreeMap<>());
            devices.put(
                    line.split(" ", 2)[0],
                    new Rdma(
                            Counters.parse(used.getOrDefault("hca_handle", "0")),
                            Counters.parse(used.getOrDefault("hca_object", "0")),
                            Counters.limit(limit.getOrDefault("hca_handle", "max")),
                            Counters.limit(limit.getOrDefault("hca_object", "max"))));
        });
        return devices;
    }
}
