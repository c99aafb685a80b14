package org.berth.linux.cgroup;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import org.berth.linux.cgroup.GroupResources.Memory;
import org.berth.linux.cgroup.GroupResources.Processor;
import org.berth.linux.dbus.Value;

/**
 * What systemd is told of a group's resources (systemd.resource-control(5)), so that it does not set them back when
 * it looks at the unit again. What it has no property for is only written to the group's files. Pure.
 */
final class UnitProperties {
    private static final long UNLIMITED = -1; // UINT64_MAX
    private static final long MICROS_PER_SECOND = 1_000_000;
    private static final long PERIOD_MICROS = 100_000;
    private static final long QUOTA_STEP_MICROS = 10_000;
    private static final int PROCESSORS_MAX = 8192;

    private final SortedMap<String, Value> properties = new TreeMap<>();

    private UnitProperties() {}

    /** The properties of a scope that is started around a process. */
    static List<Value> starting(String unit, String slice, long process, boolean unified, GroupResources resources) {
        UnitProperties all = new UnitProperties();
        all.text("Description", "Berth container " + unit);
        all.put("DefaultDependencies", new Value.Flag(false));
        all.put("MemoryAccounting", new Value.Flag(true));
        all.put("CPUAccounting", new Value.Flag(true));
        all.put(unified ? "IOAccounting" : "BlockIOAccounting", new Value.Flag(true));
        all.put("TasksAccounting", new Value.Flag(true));
        if (unit.endsWith(".slice")) {
            all.put("Wants", new Value.Sequence("s", List.of(new Value.Text(slice))));
        } else {
            all.text("Slice", slice);
            all.put("Delegate", new Value.Flag(true));
            all.put("PIDs", new Value.Sequence("u", List.of(new Value.Word(process))));
        }
        all.limits(unified, resources);
        return all.pairs();
    }

    /** The properties that change with resources. */
    static List<Value> updating(boolean unified, GroupResources resources) {
        UnitProperties all = new UnitProperties();
        all.limits(unified, resources);
        return all.pairs();
    }

    private void limits(boolean unified, GroupResources resources) {
        memory(unified, resources.memory());
        processor(unified, resources.processor());
        resources.pids().ifPresent(limit -> number("TasksMax", limit > 0 ? limit : UNLIMITED));
        if (!unified) {
            resources.blockIo().weight().ifPresent(weight -> {
                if (weight != 0) {
                    number("BlockIOWeight", weight);
                }
            });
        }
    }

    private void memory(boolean unified, Memory memory) {
        ResourcePlan.given(memory.limit()).ifPresent(bytes -> number(unified ? "MemoryMax" : "MemoryLimit", bytes));
        if (unified) {
            ResourcePlan.given(memory.reservation()).ifPresent(bytes -> number("MemoryLow", bytes));
            MemoryRules.unifiedSwap(memory).ifPresent(bytes -> number("MemorySwapMax", bytes));
        }
    }

    private void processor(boolean unified, Processor processor) {
        ResourcePlan.given(processor.shares())
                .ifPresent(shares -> number(
                        unified ? "CPUWeight" : "CPUShares", unified ? UnifiedResources.weight(shares) : shares));
        OptionalLong quota = ResourcePlan.given(processor.quota());
        OptionalLong period = ResourcePlan.given(processor.period());
        period.ifPresent(micros -> number("CPUQuotaPeriodUSec", micros));
        quota.ifPresent(micros -> number("CPUQuotaPerSecUSec", perSecond(micros, period.orElse(PERIOD_MICROS))));
        if (unified) {
            processor.processors().filter(list -> !list.isEmpty()).ifPresent(list -> put("AllowedCPUs", bits(list)));
            processor
                    .memoryNodes()
                    .filter(list -> !list.isEmpty())
                    .ifPresent(list -> put("AllowedMemoryNodes", bits(list)));
        }
    }

    /** systemd keeps hundredths of a processor: rounded up, so that it never gives less. */
    static long perSecond(long quota, long period) {
        if (quota < 0) {
            return UNLIMITED;
        }
        long micros = Math.multiplyExact(quota, MICROS_PER_SECOND) / period;
        return (micros + QUOTA_STEP_MICROS - 1) / QUOTA_STEP_MICROS * QUOTA_STEP_MICROS;
    }

    /** "0-2,8" as bits, the lowest first: 7, 1. */
    static Value.Sequence bits(String list) {
        java.util.BitSet bits = new java.util.BitSet();
        for (String range : list.strip().split(",", -1)) {
            String[] ends = range.strip().split("-", 2);
            if (!ends[0].matches("[0-9]{1,5}") || !ends[ends.length - 1].matches("[0-9]{1,5}")) {
                throw new org.berth.base.BerthException(
                        org.berth.base.ErrorCode.INVALID,
                        "cpus or memory nodes '" + list + "': expected a list like 0-2,8");
            }
            int first = Integer.parseInt(ends[0]);
            int last = Integer.parseInt(ends[ends.length - 1]);
            if (last < first || last >= PROCESSORS_MAX) {
                throw new org.berth.base.BerthException(
                        org.berth.base.ErrorCode.INVALID,
                        "cpus or memory nodes '" + list + "': " + range + " can't be");
            }
            bits.set(first, last + 1);
        }
        return Value.Sequence.octets(bits.toByteArray());
    }

    private void text(String name, String value) {
        put(name, new Value.Text(value));
    }

    private void number(String name, long value) {
        put(name, new Value.Number(value));
    }

    private void put(String name, Value value) {
        properties.put(name, value);
    }

    private List<Value> pairs() {
        List<Value> pairs = new ArrayList<>();
        properties.forEach((name, value) ->
                pairs.add(new Value.Structure(List.of(new Value.Text(name), new Value.Variant(value)))));
        return pairs;
    }
}
