package org.berth.linux.launch;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.linux.launch.Datum.Field;
import org.berth.linux.launch.Outcome.Jump;

/**
 * Writes a launch program step by step. {@link #call} adds a step; what it returns refines that step
 * (where the result goes, what happens when it is zero or negative).
 */
public final class LaunchBuilder {
    private final List<StepBuilder> steps = new ArrayList<>();
    private final Map<String, Datum> data = new LinkedHashMap<>();
    private final Map<String, Datum> texts = new HashMap<>();
    private final Map<Mark, Integer> marks = new LinkedHashMap<>();
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
        return texts.computeIfAbsent(
                value, text -> add(new Datum("text " + texts.size(), List.of(new Datum.Text(text)))));
    }

    /** A structure. */
    public Datum structure(String name, Field... fields) {
        return add(new Datum(unique(name), List.of(fields)));
    }

    /** A structure. */
    public Datum structure(String name, List<Field> fields) {
        return add(new Datum(unique(name), fields));
    }

    /** A buffer of zeros. */
    public Datum space(String name, int size) {
        return structure(name, new Datum.Space(size));
    }

    /** A 32-bit slot for a result. */
    public Datum slot(String name) {
        return structure(name, new Datum.Space(4));
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
        String unique = name;
        for (int i = 2; marks.containsKey(new Mark(unique)); i++) {
            unique = name + " " + i;
        }
        Mark mark = new Mark(unique);
        marks.put(mark, -1);
        return mark;
    }

    /** Puts a mark here: before the next step. */
    public void place(Mark mark) {
        if (marks.put(mark, steps.size()) != -1) {
            throw new IllegalStateException("the mark " + mark.name() + " is placed twice");
        }
    }

    /** Adds a system call. */
    public StepBuilder call(String label, Call call, Operand... operands) {
        StepBuilder step = new StepBuilder(label, call, List.of(operands));
        steps.add(step);
        return step;
    }

    /** Adds {@code a - b}, to compare. */
    public StepBuilder compare(String label, Operand a, Operand b) {
        return call(label, Call.COMPUTE, a, b);
    }

    /** Adds a jump. */
    public void jump(Mark target) {
        call("go on at " + target.name(), Call.COMPUTE).jump(Jump.ALWAYS, target);
    }

    /** Stores a number in a slot. */
    public void set(String label, Place place, long value) {
        call(label, Call.COMPUTE, Operand.number(value)).ignoreNegative().into(place);
    }

    /** The program. */
    public LaunchProgram build() {
        marks.forEach((mark, index) -> {
            if (index < 0) {
                throw new IllegalStateException("the mark " + mark.name() + " is not placed");
            }
        });
        List<Step> built = new ArrayList<>(steps.size());
        for (StepBuilder step : steps) {
            built.add(step.build());
        }
        return new LaunchProgram(built, List.copyOf(data.values()), marks, failure, status);
    }

    private Datum add(Datum datum) {
        if (data.put(datum.name(), datum) != null) {
            throw new IllegalStateException("two data are named " + datum.name());
        }
        return datum;
    }

    private String unique(String name) {
        String unique = name;
        for (int i = 2; data.containsKey(unique); i++) {
            unique = name + " " + i;
        }
        return unique;
    }

    /** Refines the step that was added last. */
    public static final class StepBuilder {
        private final String label;
        private final Call call;
        private final List<Operand> operands;
        private Optional<Place> result = Optional.empty();
        private Outcome outcome = Outcome.MUST_SUCCEED;

        private StepBuilder(String label, Call call, List<Operand> operands) {
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
            outcome = new Outcome(
                    errno, outcome.ignoreNegative(), outcome.failOnZero(), outcome.jump(), outcome.target());
            return this;
        }

        /** No error is a failure. */
        public StepBuilder ignoreNegative() {
            outcome = new Outcome(outcome.tolerated(), true, outcome.failOnZero(), outcome.jump(), outcome.target());
            return this;
        }

        /** Zero is a failure, and the label its whole message. */
        public StepBuilder failOnZero() {
            outcome =
                    new Outcome(outcome.tolerated(), outcome.ignoreNegative(), true, outcome.jump(), outcome.target());
            return this;
        }

        /** These results jump. */
        public StepBuilder jump(Jump jump, Mark target) {
            outcome = new Outcome(
                    outcome.tolerated(), outcome.ignoreNegative(), outcome.failOnZero(), jump, Optional.of(target));
            return this;
        }

        private Step build() {
            return new Step(label, call, operands, result, outcome);
        }
    }
}
