package org.berth.server.docker;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.cgroup.GroupResources;
import org.berth.linux.cgroup.GroupResources.BlockIo;
import org.berth.linux.cgroup.GroupResources.Memory;
import org.berth.linux.cgroup.GroupResources.Processor;
import org.berth.runtime.Resources;
import tools.jackson.databind.JsonNode;

/** Reads limits: those of a HostConfig, or of the body of {@code POST /containers/{id}/update}, which is of the same form. Pure. */
final class ResourceReader {
    /** Nanoseconds of processor time a second that one CPU has. */
    private static final double NANOS_PER_CPU = 1e9;

    private static final long DEFAULT_PERIOD_MICROS = 100_000;

    /** What a HostConfig may say of limits, and an update may change. */
    static final Set<String> KEYS = Set.of(
            "Memory",
            "MemorySwap",
            "MemoryReservation",
            "MemorySwappiness",
            "NanoCpus",
            "CpuQuota",
            "CpuPeriod",
            "CpuShares",
            "CpuRealtimePeriod",
            "CpuRealtimeRuntime",
            "CpusetCpus",
            "CpusetMems",
            "BlkioWeight",
            "OomKillDisable",
            "PidsLimit");

    private ResourceReader() {}

    /** All of them. */
    static Resources read(JsonNode host) {
        OptionalLong memory = positive(Tree.number(host, "Memory"));
        return new Resources(memory, cpus(host), positive(Tree.number(host, "PidsLimit")), more(host, memory));
    }

    private static OptionalDouble cpus(JsonNode host) {
        long nanos = Tree.number(host, "NanoCpus");
        long quota = Tree.number(host, "CpuQuota");
        long period = Tree.number(host, "CpuPeriod");
        if (nanos > 0 && (quota > 0 || period > 0)) {
            throw new BerthException(
                    ErrorCode.INVALID, "conflicting options: NanoCpus and CpuQuota/CpuPeriod cannot both be set");
        }
        if (nanos > 0) {
            return OptionalDouble.of(nanos / NANOS_PER_CPU);
        }
        return quota > 0
                ? OptionalDouble.of((double) quota / (period > 0 ? period : DEFAULT_PERIOD_MICROS))
                : OptionalDouble.empty();
    }

    /** What few containers ask for; empty when this one does not. */
    private static Optional<GroupResources> more(JsonNode host, OptionalLong memory) {
        OptionalLong swap = swap(host, memory);
        GroupResources none = GroupResources.NONE;
        GroupResources more = new GroupResources(
                none.devices(),
                new Memory(
                        swap.isPresent() && swap.getAsLong() > 0 ? memory : OptionalLong.empty(),
                        positive(Tree.number(host, "MemoryReservation")),
                        swap,
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        swappiness(host),
                        Tree.flag(host, "OomKillDisable") ? Optional.of(true) : Optional.empty(),
                        Optional.empty(),
                        false),
                new Processor(
                        positive(Tree.number(host, "CpuShares")),
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        positive(Tree.number(host, "CpuRealtimeRuntime")),
                        positive(Tree.number(host, "CpuRealtimePeriod")),
                        Tree.text(host, "CpusetCpus"),
                        Tree.text(host, "CpusetMems"),
                        OptionalLong.empty()),
                none.pids(),
                new BlockIo(weight(host), OptionalInt.empty(), List.of(), List.of()),
                none.hugePages(),
                none.network(),
                none.rdma(),
                none.unified());
        return more.equals(none) ? Optional.empty() : Optional.of(more);
    }

    /** As much as memory is what Berth gives anyway: no swap on top of it. */
    private static OptionalLong swap(JsonNode host, OptionalLong memory) {
        long swap = Tree.number(host, "MemorySwap");
        if (swap == 0 || memory.isPresent() && memory.getAsLong() == swap || memory.isEmpty() && swap < 0) {
            return OptionalLong.empty();
        }
        if (swap > 0 && memory.isEmpty()) {
            throw new BerthException(
                    ErrorCode.INVALID, "You should always set the Memory limit when using Memoryswap limit");
        }
        if (swap > 0 && swap < memory.getAsLong()) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "Minimum memoryswap limit should be larger than memory limit: it is of both together");
        }
        return OptionalLong.of(Math.max(-1, swap));
    }

    /** -1, or nothing, is the kernel's. */
    private static OptionalLong swappiness(JsonNode host) {
        JsonNode value = Tree.at(host, "MemorySwappiness");
        return value.isIntegralNumber() && value.longValue() >= 0
                ? OptionalLong.of(value.longValue())
                : OptionalLong.empty();
    }

    private static OptionalInt weight(JsonNode host) {
        long weight = Tree.number(host, "BlkioWeight");
        if (weight != 0 && (weight < 10 || weight > 1000)) {
            throw new BerthException(ErrorCode.INVALID, "Range of blkio weight is from 10 to 1000, not " + weight);
        }
        return weight == 0 ? OptionalInt.empty() : OptionalInt.of((int) weight);
    }

    private static OptionalLong positive(long value) {
        return value > 0 ? OptionalLong.of(value) : OptionalLong.empty();
    }

    /**
     * The limits after an update: what its body leaves out or says 0 of stays as it was, a number below takes a limit away.
     * It may change nothing else.
     */
    static Resources update(JsonNode body, Resources before) {
        Map<String, JsonNode> others = Unsupported.besides(body, KEYS);
        if (!others.isEmpty()) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED,
                    "update of " + String.join(", ", others.keySet())
                            + " is not implemented by Berth: it changes limits of memory, processors, disks and processes");
        }
        Resources asked = read(body);
        Resources merged = new Resources(
                keeps(body, "Memory") ? before.memoryBytes() : asked.memoryBytes(),
                keeps(body, "NanoCpus") && keeps(body, "CpuQuota") ? before.cpus() : asked.cpus(),
                keeps(body, "PidsLimit") ? before.pids() : asked.pids());
        Optional<GroupResources> more = asked.more().isEmpty()
                ? before.more()
                : Optional.of(over(
                        before.more().orElse(GroupResources.NONE), asked.more().get()));
        return more.map(all -> merged.with(withMemory(all, merged.memoryBytes())))
                .orElse(merged);
    }

    private static GroupResources over(GroupResources before, GroupResources asked) {
        Memory old = before.memory();
        Memory memory = asked.memory();
        Processor past = before.processor();
        Processor processor = asked.processor();
        return new GroupResources(
                before.devices(),
                new Memory(
                        memory.limit(),
                        or(memory.reservation(), old.reservation()),
                        or(memory.swap(), old.swap()),
                        old.kernel(),
                        old.kernelTcp(),
                        or(memory.swappiness(), old.swappiness()),
                        memory.disableOutOfMemoryKiller().or(old::disableOutOfMemoryKiller),
                        old.useHierarchy(),
                        false),
                new Processor(
                        or(processor.shares(), past.shares()),
                        past.quota(),
                        past.burst(),
                        past.period(),
                        or(processor.realtimeRuntime(), past.realtimeRuntime()),
                        or(processor.realtimePeriod(), past.realtimePeriod()),
                        processor.processors().or(past::processors),
                        processor.memoryNodes().or(past::memoryNodes),
                        past.idle()),
                before.pids(),
                new BlockIo(
                        asked.blockIo().weight().isPresent()
                                ? asked.blockIo().weight()
                                : before.blockIo().weight(),
                        OptionalInt.empty(),
                        before.blockIo().deviceWeights(),
                        before.blockIo().throttles()),
                before.hugePages(),
                before.network(),
                before.rdma(),
                before.unified());
    }

    /** A limit of both together can't be set without that of memory. */
    private static GroupResources withMemory(GroupResources all, OptionalLong bytes) {
        Memory memory = all.memory();
        boolean both = memory.swap().isPresent() && memory.swap().getAsLong() > 0;
        return new GroupResources(
                all.devices(),
                new Memory(
                        both ? bytes : OptionalLong.empty(),
                        memory.reservation(),
                        memory.swap(),
                        memory.kernel(),
                        memory.kernelTcp(),
                        memory.swappiness(),
                        memory.disableOutOfMemoryKiller(),
                        memory.useHierarchy(),
                        false),
                all.processor(),
                all.pids(),
                all.blockIo(),
                all.hugePages(),
                all.network(),
                all.rdma(),
                all.unified());
    }

    private static OptionalLong or(OptionalLong first, OptionalLong second) {
        return first.isPresent() ? first : second;
    }

    private static boolean keeps(JsonNode body, String key) {
        return Tree.number(body, key) == 0;
    }
}
