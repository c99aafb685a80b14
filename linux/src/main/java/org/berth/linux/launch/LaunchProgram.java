package org.berth.linux.launch;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A process's birth and what watches over it, as an ordered list of labelled system calls: a plain
 * value. Building it touches nothing; {@link LaunchPrinter} shows it, {@link LaunchEncoder} makes an
 * executable of it, {@link Launcher} runs that.
 *
 * <p>Where a step fails (see {@link Outcome}), the program goes on at the mark {@code failure}, which
 * reports the step's index and the negated error number on the status pipe and ends the process.
 *
 * @param marks positions: the index of the step that comes after the mark
 * @param failure where a failed step goes on
 * @param status the two 32-bit words {index, negated error number} of the failed step
 */
public record LaunchProgram(List<Step> steps, List<Datum> data, Map<Mark, Integer> marks, Mark failure, Datum status) {
    /** The most steps a program may have: jump targets have 16 bits. */
    public static final int STEPS_MAX = 65_000;

    public LaunchProgram {
        steps = List.copyOf(steps);
        data = List.copyOf(data);
        marks = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(marks));
        if (steps.size() > STEPS_MAX) {
            throw new IllegalArgumentException(steps.size() + " steps, at most " + STEPS_MAX);
        }
    }

    /** Starts a program. */
    public static LaunchBuilder builder() {
        return new LaunchBuilder();
    }
}
