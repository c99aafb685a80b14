package org.berth.linux.launch;

import java.util.List;

/**
 * A process's birth and what watches over it, as an ordered list of labelled system calls: a plain
 * value. Building it touches nothing; {@link LaunchPrinter} shows it, {@link LaunchEncoder} makes an
 * executable of it, {@link Launcher} runs that.
 *
 * <p>Where a step fails (see {@link Outcome}), the program goes on at the mark {@code failure}, which
 * reports the step's index and the negated error number on the status pipe and ends the process.
 *
 * @param marks every mark with its position, by number
 * @param failure where a failed step goes on
 * @param status the two 32-bit words {index, negated error number} of the failed step
 */
public record LaunchProgram(List<Step> steps, List<Datum> data, List<Placed> marks, Mark failure, Datum status) {
    /** The most steps a program may have: jump targets have 16 bits. */
    public static final int STEPS_MAX = 65_000;

    public LaunchProgram {
        steps = List.copyOf(steps);
        data = List.copyOf(data);
        marks = List.copyOf(marks);
        if (steps.size() > STEPS_MAX) {
            throw new IllegalArgumentException(steps.size() + " steps, at most " + STEPS_MAX);
        }
    }

    /** A mark's position. @param index of the step that comes after it */
    public record Placed(Mark mark, int index) {}

    /** The index of the step that comes after a mark. */
    public int position(Mark mark) {
        return marks.get(mark.number()).index();
    }

    /** Starts a program. */
    public static LaunchBuilder builder() {
        return new LaunchBuilder();
    }
}
