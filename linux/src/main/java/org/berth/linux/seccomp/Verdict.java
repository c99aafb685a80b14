package org.berth.linux.seccomp;

import java.util.Set;

/** What becomes of a system call. */
public sealed interface Verdict {
    /** A verdict that needs no look at arguments. */
    sealed interface Final extends Verdict {}

    /** It is made. */
    record Allow() implements Final {}

    /** It is not made and gives this error number, positive. */
    record Refuse(int errno) implements Final {
        public Refuse {
            if (errno < 1 || errno > 4095) {
                throw new IllegalArgumentException("an error number is 1 to 4095, not " + errno);
            }
        }
    }

    /**
     * It depends on the low 32 bits of an argument: after {@code mask} they are compared with values.
     * Of the arguments we look at the kernel takes no more bits than those (they are {@code int}s and
     * flags), so a caller gains nothing by setting higher ones.
     *
     * @param argument 0 to 5
     * @param values 1 to 32 of them
     * @param matching the verdict when the masked argument is one of the values
     * @param otherwise the verdict when it is none
     */
    record ByArgument(int argument, int mask, Set<Integer> values, Final matching, Final otherwise) implements Verdict {
        private static final int VALUES_MAX = 32;

        public ByArgument {
            values = Set.copyOf(values);
            if (argument < 0 || argument > 5 || values.isEmpty() || values.size() > VALUES_MAX) {
                throw new IllegalArgumentException("argument 0 to 5 and 1 to " + VALUES_MAX + " values were expected");
            }
        }
    }
}
