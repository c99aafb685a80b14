package org.berth.linux.launch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.berth.linux.launch.LaunchBuilder.StepBuilder;
import org.berth.linux.launch.Outcome.Jump;

/** Input: a program, step by step: each byte chooses, the next ones say more. */
public final class LaunchProgramFuzz {
    private static final int STEPS_MAX = 500;
    private static final int RECORD_BYTES = 64;

    private final ByteBuffer input;
    private final LaunchBuilder builder = LaunchProgram.builder();
    private final List<Datum> data = new ArrayList<>();
    private final List<Mark> marks = new ArrayList<>();
    private final List<String> texts = new ArrayList<>();

    private LaunchProgramFuzz(byte[] bytes) {
        input = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** What is encoded has every record and every text in it, and can be printed. */
    public static void fuzzerTestOneInput(byte[] bytes) {
        LaunchProgramFuzz fuzz = new LaunchProgramFuzz(bytes);
        LaunchProgram program = fuzz.program();
        byte[] encoded = LaunchEncoder.encode(program);
        if (encoded[0] != 0x7f || encoded.length < program.steps().size() * RECORD_BYTES) {
            throw new IllegalStateException(
                    "no executable of " + program.steps().size() + " steps");
        }
        String all = new String(encoded, StandardCharsets.ISO_8859_1);
        for (String text : fuzz.texts) {
            String stored = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1) + "\0";
            if (!all.contains(stored)) {
                throw new IllegalStateException("the text is not there: " + text);
            }
        }
        if (LaunchPrinter.print(program).isEmpty() && !program.steps().isEmpty()) {
            throw new IllegalStateException("nothing printed");
        }
    }

    private int next() {
        return input.hasRemaining() ? Byte.toUnsignedInt(input.get()) : 0;
    }

    private LaunchProgram program() {
        data.add(builder.slot("first"));
        marks.add(builder.mark("end"));
        for (int step = 0; step < STEPS_MAX && input.hasRemaining(); step++) {
            step(next());
        }
        builder.place(marks.getFirst());
        builder.place(builder.failure());
        builder.call("end", Call.EXIT_GROUP, Operand.number(1));
        return builder.build();
    }

    private void step(int choice) {
        Call call = Call.values()[choice % Call.values().length];
        Operand[] operands = new Operand[next() % (Step.OPERANDS_MAX + 1)];
        for (int i = 0; i < operands.length; i++) {
            operands[i] = operand(next());
        }
        StepBuilder built = builder.call("step", call, operands);
        int refine = next();
        if ((refine & 1) != 0) {
            built.into(data.get(next() % data.size()));
        }
        if ((refine & 2) != 0) {
            built.tolerate(next());
        }
        if ((refine & 4) != 0) {
            built.ignoreNegative();
        }
        if ((refine & 8) != 0) {
            built.failOnZero();
        }
        if ((refine & 16) != 0) {
            built.jump(Jump.values()[next() % Jump.values().length], marks.get(next() % marks.size()));
        }
        if ((refine & 32) != 0) {
            Mark mark = builder.mark("here");
            builder.place(mark);
            marks.add(mark);
        }
    }

    private Operand operand(int choice) {
        return switch (choice % 6) {
            case 0 -> Operand.number(input.remaining() >= Long.BYTES ? input.getLong() : next());
            case 1 -> Operand.value(data.get(next() % data.size()));
            case 2 -> text();
            case 3 -> added(builder.space("space", next()));
            case 4 ->
                added(builder.structure("structure", new Datum.Word(next()), new Datum.LongWord(next()), pointer()));
            default -> added(builder.slot("slot"));
        };
    }

    private Datum.Pointer pointer() {
        return new Datum.Pointer(data.get(next() % data.size()).start());
    }

    private Operand added(Datum datum) {
        data.add(datum);
        return Operand.address(datum);
    }

    private Operand text() {
        byte[] bytes = new byte[Math.min(next(), input.remaining())];
        input.get(bytes);
        String text = new String(bytes, StandardCharsets.UTF_8);
        texts.add(text);
        return builder.text(text);
    }
}
