package org.berth.linux.cgroup;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a group uses and has used, as much as runc's {@code events --stats} tells. What the kernel does
 * not count is 0 or empty.
 *
 * @param hugePages by page size: "2MB"
 */
public record GroupStatistics(
        Processor processor,
        Memory memory,
        Pids pids,
        BlockIo blockIo,
        SortedMap<String, Amount> hugePages,
        SortedMap<String, Rdma> rdma) {
    public GroupStatistics {
        hugePages = Collections.unmodifiableSortedMap(new TreeMap<>(hugePages));
        rdma = Collections.unmodifiableSortedMap(new TreeMap<>(rdma));
    }

    /**
     * Processor time, nanoseconds.
     *
     * @param perProcessor by its number, v1 only
     * @param pressure v2 only
     */
    public record Processor(
            long total,
            List<Long> perProcessor,
            long user,
            long kernel,
            long periods,
            long throttledPeriods,
            long throttledTime,
            Optional<Pressure> pressure) {
        public Processor {
            perProcessor = List.copyOf(perProcessor);
        }
    }

    /**
     * Something limited.
     *
     * @param usage now
     * @param max the most it ever was, 0 where it is not counted
     * @param limit {@link Long#MAX_VALUE} without one
     * @param failures how often the limit was met
     */
    public record Amount(long usage, long max, long limit, long failures) {
        public static final Amount NONE = new Amount(0, 0, Long.MAX_VALUE, 0);
    }

    /**
     * Memory, bytes.
     *
     * @param cache of files
     * @param swap memory and swap together, v1 and v2 alike
     * @param swapOnly swap alone; v2
     * @param raw every line of memory.stat
     * @param outOfMemoryKills processes killed for lack of memory
     */
    public record Memory(
            long cache,
            Amount usage,
            Amount swap,
            Amount swapOnly,
            Amount kernel,
            Amount kernelTcp,
            boolean useHierarchy,
            SortedMap<String, Long> raw,
            long outOfMemoryKills,
            Optional<Pressure> pressure) {
        public Memory {
            raw = Collections.unmodifiableSortedMap(new TreeMap<>(raw));
        }
    }

    /** Processes and threads. @param limit 0 without one */
    public record Pids(long current, long limit) {}

    /** A counter of a disk. @param operation "Read", "Write", "Sync", "Async", "Discard", "Total" */
    public record BlockCount(long major, long minor, String operation, long value) {}

    /** Use of disks. */
    public record BlockIo(
            List<BlockCount> serviceBytes,
            List<BlockCount> serviced,
            List<BlockCount> queued,
            List<BlockCount> serviceTime,
            List<BlockCount> waitTime,
            List<BlockCount> merged,
            List<BlockCount> time,
            List<BlockCount> sectors,
            Optional<Pressure> pressure) {
        public BlockIo {
            serviceBytes = List.copyOf(serviceBytes);
            serviced = List.copyOf(serviced);
            queued = List.copyOf(queued);
            serviceTime = List.copyOf(serviceTime);
            waitTime = List.copyOf(waitTime);
            merged = List.copyOf(merged);
            time = List.copyOf(time);
            sectors = List.copyOf(sectors);
        }
    }

    /** An RDMA device's use; limits are {@link Long#MAX_VALUE} without one. */
    public record Rdma(long handles, long objects, long handlesLimit, long objectsLimit) {}

    /** How long some, or all, processes waited for the resource (kernel accounting/psi.rst). */
    public record Pressure(Stall some, Stall full) {}

    /** Shares of the last seconds in percent, and the whole in microseconds. */
    public record Stall(double last10Seconds, double last60Seconds, double last300Seconds, long totalMicros) {}
}
