package org.berth.linux.launch;

import java.util.List;
import java.util.Optional;

/**
 * One record of a launch program.
 *
 * @param label what it is for, in the words of an error: "mount proc on /proc"
 * @param result where the low 32 bits of the result go
 */
public record Step(String label, Call call, List<Operand> operands, Optional<Place> result, Outcome outcome) {
    /** As many as a system call takes. */
    public static final int OPERANDS_MAX = 6;

    public Step {
        operands = List.copyOf(operands);
        if (operands.size() > OPERANDS_MAX) {
            throw new IllegalArgumentException(label + ": " + operands.size() + " operands, at most " + OPERANDS_MAX);
        }
    }
}
