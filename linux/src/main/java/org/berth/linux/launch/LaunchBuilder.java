package org.berth.linux.launch;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.linux.launch.Datum.Field;
import org.berth.linux.launch.LaunchProgram.Placed;
import org.berth.linux.launch.Outcome.Jump;

/**
 * Writes a launch program step by step. {@link #call} adds a step; what it returns refines that step
 * (where the result goes, what happens when it is zero or negative).
 *
 * <p>A program has hundreds of steps and is written for every start, often by code that no compiler
 * has seen yet: hence loops and lists here, no streams.
 */
public final class LaunchBuilder {
    private static final int NOWHERE = -1;

    private final List<StepBuilder> steps = new ArrayList<>(512);
    private final List<Datum> data = new ArrayList<>(512);
    private final Map<String, Datum> texts = new HashMap<>(512);
    private final List<Placed> marks = new ArrayList<>(128);
    private final Datum status = structure("status", new Datum.Space(4), new Datum.Space(4));
    private final Mark failure = mark("failure");

    LaunchBuilder() {}

    /** The failed step's index and negated error number, two 32-bit words. */
    public Datum status() {
        return status;
    }

    /** Where failed steps go on; to be {@link #place placed} once. */
    public Mark failure() {
        return failure;
    }

    /** A string, NUL-terminated; the same string is stored once. */
    public Operand text(String value) {
        return Operand.address(textDatum(value));
    }

    /** A string to point to from a structure. */
    public Datum textDatum(String value) {
        Datum known = texts.get(value);
        if (known != null) {
            return known;
        }
        Datum added = structure("text", new Datum.Text(value));
        texts.put(value, added);
        return added;
    }

    /** A structure. */
    public Datum structure(String name, Field... fields) {
        return structure(name, List.of(fields));
    }

    /** A structure. */
    public Datum structure(String name, List<Field> fields) {
        Datum datum = new Datum(data.size(), name, fields);
        data.add(datum);
        return datum;
    }

    /** A buffer of zeros. */
    public Datum space(String name, int size) {
        return structure(name, new Datum.Space(size));
    }

    /** A 32-bit slot for a result. */
    public Datum slot(String name) {
        return space(name, Integer.BYTES);
    }

    /** Bytes as they are. */
    public Datum bytes(String name, byte[] value) {
        return structure(name, new Datum.Bytes(ByteBuffer.wrap(value)));
    }

    /** Pointers to strings, ended by a null: argv and envp of execve(2). */
    public Datum textList(String name, List<String> values) {
        List<Field> pointers = new ArrayList<>();
        for (String value : values) {
            pointers.add(new Datum.Pointer(textDatum(value).start()));
        }
        pointers.add(new Datum.LongWord(0));
        return structure(name, pointers);
    }

    /** A name for a position, not yet placed. */
    public Mark mark(String name) {
        Mark mark = new Mark(marks.size(), name);
        marks.add(new Placed(mark, NOWHERE));
        return mark;
    }

    /** Puts a mark here: before the next step. */
    public void place(Mark mark) {
        Placed before = marks.set(mark.number(), new Placed(mark, steps.size()));
        if (before.index() != NOWHERE) {
            throw new IllegalStateException("the mark " + mark.name() + " is placed twice");
        }
    }

    /** Adds a system call. */
    public StepBuilder call(String label, Call call, Operand... operands) {
        StepBuilder step = new StepBuilder(label, call, operands);
        steps.add(step);
        return step;
    }

    /** Adds {@code a - b}, to compare. */
    public StepBuilder compare(String label, Operand a, Operand b) {
        return call(label, Call.COMPUTE, a, b);
    }

    /** Adds a jump. */
    public void jump(Mark target) {
        call("go on", Call.COMPUTE).jump(Jump.ALWAYS, target);
    }

    /** Stores a number in a slot. */
    public void set(String label, Place place, long value) {
        call(label, Call.COMPUTE, Operand.number(value)).ignoreNegative().into(place);
    }

    /** The program. */
    public LaunchProgram build() {
        for (Placed placed : marks) {
            if (placed.index() == NOWHERE) {
                throw new IllegalStateException("the mark " + placed.mark().name() + " is not placed");
            }
        }
        List<Step> built = new ArrayList<>(steps.size());
        for (StepBuilder step : steps) {
            built.add(step.build());
        }
        return new LaunchProgram(built, data, marks, failure, status);
    }

    /** Refines the step that was added last. */
    public static final class StepBuilder {
        private final String label;
        private final Call call;
        private final Operand[] operands;
        private Optional<Place> result = Optional.empty();
        private int tolerated;
        private boolean ignoreNegative;
        private boolean failOnZero;
        private Jump jump = Jump.NEVER;
        private Optional<Mark> target = Optional.empty();

        private StepBuilder(String label, Call call, Operand[] operands) {
            this.label = label;
            this.call = call;
            this.operands = operands;
        }

        /** Stores the low 32 bits of the result. */
        public StepBuilder into(Datum slot) {
            return into(slot.start());
        }

        /** Stores the low 32 bits of the result. */
        public StepBuilder into(Place place) {
            result = Optional.of(place);
            return this;
        }

        /** This error number (positive) is no failure. */
        public StepBuilder tolerate(int errno) {
            tolerated = errno;
            return this;
        }

        /** No error is a failure. */
        public StepBuilder ignoreNegative() {
            ignoreNegative = true;
            return this;
        }

        /** Zero is a failure, and the label its whole message. */
        public StepBuilder failOnZero() {
            failOnZero = true;
            return this;
        }

        /** These results jump. */
        public StepBuilder jump(Jump when, Mark to) {
            jump = when;
            target = Optional.of(to);
            return this;
        }

        private Step build() {
            return new Step(label, call, List.of(operands), result, outcome());
        }

        private Outcome outcome() {
            boolean plain = tolerated == 0 && !ignoreNegative && !failOnZero && jump == Jump.NEVER;
            return plain ? Outcome.MUST_SUCCEED : new Outcome(tolerated, ignoreNegative, failOnZero, jump, target);
        }
    }
}
