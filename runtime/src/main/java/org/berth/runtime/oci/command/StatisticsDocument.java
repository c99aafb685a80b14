package org.berth.runtime.oci.command;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.berth.linux.cgroup.GroupStatistics;
import org.berth.linux.cgroup.GroupStatistics.Amount;
import org.berth.linux.cgroup.GroupStatistics.BlockCount;

/** What a container uses, in the form of runc's events. */
final class StatisticsDocument {
    private StatisticsDocument() {}

    static Map<String, Object> of(GroupStatistics statistics) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("cpu", cpu(statistics.processor()));
        data.put("memory", memory(statistics.memory()));
        data.put("pids", pids(statistics.pids()));
        data.put("blkio", blockIo(statistics.blockIo()));
        Map<String, Object> hugePages = new LinkedHashMap<>();
        statistics.hugePages().forEach((size, amount) -> hugePages.put(size, amount(amount)));
        data.put("hugetlb", hugePages);
        return data;
    }

    private static Map<String, Object> cpu(GroupStatistics.Processor processor) {
        Map<String, Object> usage = new LinkedHashMap<>();
        usage.put("total", processor.total());
        if (!processor.perProcessor().isEmpty()) {
            usage.put("percpu", processor.perProcessor());
        }
        usage.put("kernel", processor.kernel());
        usage.put("user", processor.user());
        Map<String, Object> throttling = new LinkedHashMap<>();
        throttling.put("periods", processor.periods());
        throttling.put("throttledPeriods", processor.throttledPeriods());
        throttling.put("throttledTime", processor.throttledTime());
        Map<String, Object> cpu = new LinkedHashMap<>();
        cpu.put("usage", usage);
        cpu.put("throttling", throttling);
        return cpu;
    }

    private static Map<String, Object> memory(GroupStatistics.Memory memory) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("cache", memory.cache());
        all.put("usage", amount(memory.usage()));
        all.put("swap", amount(memory.swap()));
        all.put("kernel", amount(memory.kernel()));
        all.put("kernelTCP", amount(memory.kernelTcp()));
        all.put("raw", memory.raw());
        return all;
    }

    private static Map<String, Object> amount(Amount amount) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("limit", amount.limit());
        all.put("usage", amount.usage());
        all.put("max", amount.max());
        all.put("failcnt", amount.failures());
        return all;
    }

    private static Map<String, Object> pids(GroupStatistics.Pids pids) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("current", pids.current());
        if (pids.limit() > 0) {
            all.put("limit", pids.limit());
        }
        return all;
    }

    private static Map<String, Object> blockIo(GroupStatistics.BlockIo blockIo) {
        Map<String, Object> all = new LinkedHashMap<>();
        put(all, "ioServiceBytesRecursive", blockIo.serviceBytes());
        put(all, "ioServicedRecursive", blockIo.serviced());
        put(all, "ioQueueRecursive", blockIo.queued());
        put(all, "ioServiceTimeRecursive", blockIo.serviceTime());
        put(all, "ioWaitTimeRecursive", blockIo.waitTime());
        put(all, "ioMergedRecursive", blockIo.merged());
        put(all, "ioTimeRecursive", blockIo.time());
        put(all, "sectorsRecursive", blockIo.sectors());
        return all;
    }

    private static void put(Map<String, Object> all, String name, List<BlockCount> counts) {
        if (!counts.isEmpty()) {
            all.put(name, counts.stream().map(StatisticsDocument::count).toList());
        }
    }

    private static Map<String, Object> count(BlockCount count) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("major", count.major());
        all.put("minor", count.minor());
        all.put("op", count.operation());
        all.put("value", count.value());
        return all;
    }
}
