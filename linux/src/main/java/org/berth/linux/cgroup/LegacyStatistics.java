package org.berth.linux.cgroup;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.berth.linux.cgroup.GroupStatistics.Amount;
import org.berth.linux.cgroup.GroupStatistics.BlockCount;
import org.berth.linux.cgroup.GroupStatistics.BlockIo;
import org.berth.linux.cgroup.GroupStatistics.Memory;
import org.berth.linux.cgroup.GroupStatistics.Pids;
import org.berth.linux.cgroup.GroupStatistics.Processor;

/** Reads v1's counters; what lies in the unified hierarchy of a hybrid machine is read there. */
final class LegacyStatistics {
    private static final Path NOWHERE = Path.of("/nonexistent");

    private final GroupFolders folders;

    private LegacyStatistics(GroupFolders folders) {
        this.folders = folders;
    }

    static GroupStatistics read(GroupFolders folders) {
        LegacyStatistics reader = new LegacyStatistics(folders);
        return new GroupStatistics(
                reader.processor(),
                reader.memory(),
                reader.pids(),
                reader.blockIo(),
                reader.hugePages(),
                UnifiedStatistics.rdma(reader.folder("rdma")));
    }

    private Processor processor() {
        Path accounting = folder("cpuacct");
        SortedMap<String, Long> throttling = Counters.keys(folder("cpu").resolve("cpu.stat"));
        return new Processor(
                CgroupFiles.readNumber(accounting.resolve("cpuacct.usage"), 0),
                numbers(accounting.resolve("cpuacct.usage_percpu")),
                CgroupFiles.readNumber(accounting.resolve("cpuacct.usage_user"), 0),
                CgroupFiles.readNumber(accounting.resolve("cpuacct.usage_sys"), 0),
                throttling.getOrDefault("nr_periods", 0L),
                throttling.getOrDefault("nr_throttled", 0L),
                throttling.getOrDefault("throttled_time", 0L),
                pressure("cpu.pressure"));
    }

    private static List<Long> numbers(Path file) {
        List<Long> numbers = new ArrayList<>();
        for (String word : CgroupFiles.read(file).orElse("").split(" ", -1)) {
            if (Counters.isNumber(word)) {
                numbers.add(Counters.parse(word));
            }
        }
        return numbers;
    }

    private Memory memory() {
        Path folder = folder("memory");
        SortedMap<String, Long> raw = Counters.keys(folder.resolve("memory.stat"));
        Amount both = amount(folder, "memory.memsw");
        Amount usage = amount(folder, "memory");
        return new Memory(
                raw.getOrDefault("total_cache", raw.getOrDefault("cache", 0L)),
                usage,
                both,
                new Amount(Math.max(0, both.usage() - usage.usage()), 0, Long.MAX_VALUE, 0),
                amount(folder, "memory.kmem"),
                amount(folder, "memory.kmem.tcp"),
                CgroupFiles.readNumber(folder.resolve("memory.use_hierarchy"), 0) == 1,
                raw,
                CgroupFiles.readKey(folder.resolve("memory.oom_control"), "oom_kill"),
                pressure("memory.pressure"));
    }

    private static Amount amount(Path folder, String prefix) {
        return new Amount(
                CgroupFiles.readNumber(folder.resolve(prefix + ".usage_in_bytes"), 0),
                CgroupFiles.readNumber(folder.resolve(prefix + ".max_usage_in_bytes"), 0),
                Counters.limit(folder.resolve(prefix + ".limit_in_bytes")),
                CgroupFiles.readNumber(folder.resolve(prefix + ".failcnt"), 0));
    }

    private Pids pids() {
        Path folder = folder("pids");
        return new Pids(
                CgroupFiles.readNumber(folder.resolve("pids.current"), 0),
                CgroupFiles.readNumber(folder.resolve("pids.max"), 0));
    }

    /** CFQ's counters where they are (before kernel 5.0), BFQ's, else those of throttling. */
    private BlockIo blockIo() {
        for (String scheduler : List.of("blkio.", "blkio.bfq.")) {
            if (!blocks(scheduler + "io_serviced_recursive").isEmpty()) {
                return new BlockIo(
                        blocks(scheduler + "io_service_bytes_recursive"),
                        blocks(scheduler + "io_serviced_recursive"),
                        blocks(scheduler + "io_queued_recursive"),
                        blocks(scheduler + "io_service_time_recursive"),
                        blocks(scheduler + "io_wait_time_recursive"),
                        blocks(scheduler + "io_merged_recursive"),
                        blocks(scheduler + "time_recursive"),
                        blocks(scheduler + "sectors_recursive"),
                        pressure("io.pressure"));
            }
        }
        return new BlockIo(
                blocks("blkio.throttle.io_service_bytes"),
                blocks("blkio.throttle.io_serviced"),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                pressure("io.pressure"));
    }

    private List<BlockCount> blocks(String file) {
        return Counters.blocks(Counters.lines(folder("blkio").resolve(file)));
    }

    private SortedMap<String, Amount> hugePages() {
        Optional<Path> legacy = folders.legacy("hugetlb");
        if (legacy.isEmpty()) {
            return UnifiedStatistics.hugePages(folders.unified().orElse(NOWHERE));
        }
        SortedMap<String, Amount> pages = new TreeMap<>();
        for (String size : UnifiedStatistics.pageSizes(legacy.get(), ".usage_in_bytes")) {
            pages.put(size, amount(legacy.get(), "hugetlb." + size));
        }
        return pages;
    }

    private Optional<GroupStatistics.Pressure> pressure(String file) {
        return folders.unified().flatMap(folder -> Counters.pressure(folder.resolve(file)));
    }

    private Path folder(String controller) {
        return folders.legacy(controller).orElse(NOWHERE);
    }
}
