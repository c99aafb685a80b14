package org.berth.linux.launch;

/** An operand of a step, at most six of them. */
public sealed interface Operand {
    /** A number; {@code shown} is how people read it: "O_PATH|O_CLOEXEC". */
    record Number(long value, String shown) implements Operand {}

    /** The address of a place. */
    record Address(Place place) implements Operand {}

    /** What a 32-bit place holds when the step runs, signed: the result of an earlier step. */
    record Value(Place place) implements Operand {}

    static Operand number(long value) {
        return new Number(value, Long.toString(value));
    }

    static Operand named(String shown, long value) {
        return new Number(value, shown);
    }

    static Operand address(Datum datum) {
        return new Address(datum.start());
    }

    static Operand value(Place place) {
        return new Value(place);
    }

    static Operand value(Datum datum) {
        return new Value(datum.start());
    }
}
