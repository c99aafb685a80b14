package org.berth.linux.cgroup;

import java.util.OptionalLong;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.cgroup.GroupResources.Memory;

/** How memory and swap hang together. OCI's swap is v1's: memory and swap in one; v2 counts swap alone. */
final class MemoryRules {
    private static final long UNLIMITED = -1;
    private static final long SWAPPINESS_MAX = 100;

    private MemoryRules() {}

    /** @throws BerthException INVALID for what no kernel can mean */
    static void check(Memory memory) {
        OptionalLong limit = ResourcePlan.given(memory.limit());
        OptionalLong swap = ResourcePlan.given(memory.swap());
        memory.limit().ifPresent(bytes -> notBelowUnlimited("memory limit", bytes));
        memory.swap().ifPresent(bytes -> notBelowUnlimited("memory.swap limit", bytes));
        memory.reservation().ifPresent(bytes -> notBelowUnlimited("memory reservation", bytes));
        if (swap.isPresent() && swap.getAsLong() > 0) {
            if (limit.isEmpty() || limit.getAsLong() == UNLIMITED) {
                throw invalid("memory.swap limit " + swap.getAsLong()
                        + ": a limit of memory is needed with it, since it is of both together");
            }
            if (swap.getAsLong() < limit.getAsLong()) {
                throw invalid("memory.swap limit " + swap.getAsLong() + ": expected at least the memory limit "
                        + limit.getAsLong() + ", since it is of both together");
            }
        }
        memory.swappiness().ifPresent(value -> {
            if (value < 0 || value > SWAPPINESS_MAX) {
                throw invalid("memory swappiness " + Long.toUnsignedString(value) + ": expected 0 to 100");
            }
        });
    }

    /** Memory with swap; to take memory's limit away its own must go too. */
    static OptionalLong legacySwap(Memory memory) {
        OptionalLong swap = ResourcePlan.given(memory.swap());
        boolean unlimited = memory.limit().isPresent() && memory.limit().getAsLong() == UNLIMITED;
        return swap.isEmpty() && unlimited ? OptionalLong.of(UNLIMITED) : swap;
    }

    /** Swap alone. */
    static OptionalLong unifiedSwap(Memory memory) {
        OptionalLong both = legacySwap(memory);
        if (both.isEmpty() || both.getAsLong() == UNLIMITED) {
            return both;
        }
        return OptionalLong.of(both.getAsLong() - memory.limit().orElseThrow());
    }

    private static void notBelowUnlimited(String setting, long bytes) {
        if (bytes < UNLIMITED) {
            throw invalid(setting + " " + bytes + ": expected bytes, or -1 for no limit");
        }
    }

    private static BerthException invalid(String message) {
        return new BerthException(ErrorCode.INVALID, message);
    }
}
