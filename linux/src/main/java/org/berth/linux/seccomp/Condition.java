package org.berth.linux.seccomp;

/**
 * A comparison of one argument of a system call, unsigned and of 64 bits (of 32 on i386).
 *
 * @param argument 0 to 5
 * @param value what it is compared with; for {@link Comparison#MASKED_EQUAL} the mask
 * @param second what the masked argument must be
 */
public record Condition(int argument, Comparison comparison, long value, long second) {
    public Condition {
        if (argument < 0 || argument > 5) {
            throw new IllegalArgumentException("a system call has the arguments 0 to 5, not " + argument);
        }
    }

    /** How (libseccomp's scmp_compare). */
    public enum Comparison {
        NOT_EQUAL,
        LESS,
        LESS_OR_EQUAL,
        EQUAL,
        GREATER_OR_EQUAL,
        GREATER,
        MASKED_EQUAL
    }

    /** Whether an argument meets it. The plain meaning, which compiled filters are tested against. */
    public boolean holds(long given) {
        return switch (comparison) {
            case NOT_EQUAL -> given != value;
            case LESS -> Long.compareUnsigned(given, value) < 0;
            case LESS_OR_EQUAL -> Long.compareUnsigned(given, value) <= 0;
            case EQUAL -> given == value;
            case GREATER_OR_EQUAL -> Long.compareUnsigned(given, value) >= 0;
            case GREATER -> Long.compareUnsigned(given, value) > 0;
            case MASKED_EQUAL -> (given & value) == second;
        };
    }

    /** The same for the low 32 bits alone. */
    Condition narrow() {
        return new Condition(argument, comparison, value & 0xffffffffL, second & 0xffffffffL);
    }
}
