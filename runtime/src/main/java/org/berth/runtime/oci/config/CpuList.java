package org.berth.runtime.oci.config;

import java.util.BitSet;
import java.util.Optional;

/** A list of numbers as cpuset(7) writes it: "0-3,7". */
public final class CpuList {
    /** Above any machine's processors or nodes (CONFIG_NR_CPUS is at most 8192). */
    private static final int END = 8192;

    private CpuList() {}

    /** The numbers; empty for what is no list. */
    public static Optional<BitSet> parse(String text) {
        BitSet numbers = new BitSet();
        for (String part : text.strip().split(",", -1)) {
            String[] ends = part.strip().split("-", -1);
            Optional<Integer> first = number(ends[0]);
            Optional<Integer> last = number(ends[ends.length - 1]);
            if (ends.length > 2 || first.isEmpty() || last.isEmpty() || first.get() > last.get()) {
                return Optional.empty();
            }
            numbers.set(first.get(), last.get() + 1);
        }
        return Optional.of(numbers);
    }

    private static Optional<Integer> number(String text) {
        if (text.isEmpty() || text.length() > 4 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return Optional.empty();
        }
        int number = Integer.parseInt(text);
        return number < END ? Optional.of(number) : Optional.empty();
    }
}
