package org.berth.linux.seccomp;

import java.util.List;
import java.util.stream.IntStream;

/**
 * What becomes of one system call: the first case that holds says it, else {@code otherwise}.
 *
 * @param otherwise when no case holds
 */
public record Decision(List<Case> cases, Action otherwise) {
    private static final int CASES_MAX = 256;

    public Decision {
        cases = List.copyOf(cases);
        if (cases.size() > CASES_MAX) {
            throw new IllegalArgumentException(
                    "at most " + CASES_MAX + " cases of a call are taken, not " + cases.size());
        }
    }

    /** Whatever the arguments are. */
    static Decision always(Action action) {
        return new Decision(List.of(), action);
    }

    /** All conditions, no two of one argument, must hold. */
    public record Case(List<Condition> conditions, Action action) {
        public Case {
            conditions = List.copyOf(conditions);
        }
    }

    /** The plain meaning, which compiled filters are tested against. */
    public Action of(long... arguments) {
        for (Case each : cases) {
            if (each.conditions().stream().allMatch(condition -> condition.holds(arguments[condition.argument()]))) {
                return each.action();
            }
        }
        return otherwise;
    }

    /** The same with arguments of 32 bits. */
    Decision narrow() {
        return new Decision(
                cases.stream()
                        .map(each -> new Case(
                                each.conditions().stream()
                                        .map(Condition::narrow)
                                        .toList(),
                                each.action()))
                        .toList(),
                otherwise);
    }

    /** The arguments' low 32 bits, for {@link #of} after {@link #narrow}. */
    static long[] low(long... arguments) {
        return IntStream.range(0, arguments.length)
                .mapToLong(index -> arguments[index] & 0xffffffffL)
                .toArray();
    }
}
