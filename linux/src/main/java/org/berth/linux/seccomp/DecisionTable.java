package org.berth.linux.seccomp;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What becomes of every system call of one architecture.
 *
 * @param decisions by number
 * @param otherwise for numbers without one up to {@code newest}
 * @param newest the last number that the rules can have known
 * @param beyond for numbers above {@code newest}
 */
public record DecisionTable(SortedMap<Integer, Decision> decisions, Action otherwise, int newest, Action beyond) {
    public DecisionTable {
        decisions = Collections.unmodifiableSortedMap(new TreeMap<>(decisions));
        if (newest < -1 || !decisions.isEmpty() && (decisions.firstKey() < 0 || decisions.lastKey() > newest)) {
            throw new IllegalArgumentException("numbers from 0 to " + newest + " were expected");
        }
    }

    /** The decision on a number. */
    public Decision of(int number) {
        Action without = number < 0 || number > newest ? beyond : otherwise;
        return decisions.getOrDefault(number, Decision.always(without));
    }

    /** Where each run of numbers with one decision begins; together they hold every number. */
    SortedMap<Integer, Decision> ranges() {
        SortedMap<Integer, Decision> ranges = new TreeMap<>();
        int next = 0;
        for (Map.Entry<Integer, Decision> entry : decisions.entrySet()) {
            if (entry.getKey() > next) {
                extend(ranges, next, Decision.always(otherwise));
            }
            extend(ranges, entry.getKey(), entry.getValue());
            next = entry.getKey() + 1;
        }
        if (next <= newest) {
            extend(ranges, next, Decision.always(otherwise));
        }
        extend(ranges, newest + 1, Decision.always(beyond));
        return ranges;
    }

    private static void extend(SortedMap<Integer, Decision> ranges, int first, Decision decision) {
        if (ranges.isEmpty() || !decision.equals(ranges.lastEntry().getValue())) {
            ranges.put(first, decision);
        }
    }
}
