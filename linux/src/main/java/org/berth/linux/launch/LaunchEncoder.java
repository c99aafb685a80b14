package org.berth.linux.launch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.berth.linux.launch.Outcome.Jump;

/**
 * Makes a static executable of a launch program (ELF64, ET_EXEC, elf(5)): headers, the interpreter,
 * a header of three words, the records, the data. Both segments lie within one 2 MiB range, which
 * saves two page-table pages a process.
 *
 * <p>A record has 64 bytes: u16 system call, u16 tolerated error number, u16 flags, u16 jump target,
 * six u64 operands, u64 address that takes the low 32 bits of the result.
 */
public final class LaunchEncoder {
    private static final int BASE = 0x400000;
    private static final int ELF_HEADER_SIZE = 64;
    private static final int PROGRAM_HEADER_SIZE = 56;
    private static final int CODE_OFFSET = ELF_HEADER_SIZE + 3 * PROGRAM_HEADER_SIZE;
    private static final int DATA_OFFSET = Interpreter.HEADER_ADDRESS & 0xfff;
    private static final int RECORD_SIZE = 64;
    private static final int ALIGNMENT = 8;
    private static final byte[] CODE = Interpreter.code();

    private final LaunchProgram program;
    private final Map<Datum, Integer> addresses = new IdentityHashMap<>();
    private final Map<Mark, Integer> marks;
    private final List<Datum> stored = new ArrayList<>();
    private int fileEnd;
    private int memoryEnd;

    private LaunchEncoder(LaunchProgram program) {
        this.program = program;
        this.marks = new HashMap<>(program.marks());
        layOut();
    }

    /** The executable's bytes. */
    public static byte[] encode(LaunchProgram program) {
        return new LaunchEncoder(program).write();
    }

    /** Records first, then data with content, then empty space, which the file leaves out. */
    private void layOut() {
        addresses.put(program.status(), Interpreter.HEADER_ADDRESS);
        int address = Interpreter.RECORDS_ADDRESS + program.steps().size() * RECORD_SIZE;
        for (Datum datum : program.data()) {
            if (datum != program.status() && !datum.isEmptySpace()) {
                addresses.put(datum, address);
                stored.add(datum);
                address = align(address + datum.size());
            }
        }
        fileEnd = address;
        for (Datum datum : program.data()) {
            if (datum != program.status() && datum.isEmptySpace()) {
                addresses.put(datum, address);
                address = align(address + datum.size());
            }
        }
        memoryEnd = address;
    }

    private static int align(int address) {
        return (address + ALIGNMENT - 1) & -ALIGNMENT;
    }

    private byte[] write() {
        int size = DATA_OFFSET + fileEnd - Interpreter.HEADER_ADDRESS;
        ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        elfHeader(out);
        out.put(CODE);
        out.position(DATA_OFFSET + 8);
        out.putInt(index(program.failure()));
        out.position(DATA_OFFSET + Interpreter.RECORDS_ADDRESS - Interpreter.HEADER_ADDRESS);
        for (Step step : program.steps()) {
            record(out, step);
        }
        for (Datum datum : stored) {
            out.position(DATA_OFFSET + addressOf(datum) - Interpreter.HEADER_ADDRESS);
            datum.fields().forEach(field -> field(out, field));
        }
        return out.array();
    }

    private void elfHeader(ByteBuffer out) {
        out.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
        out.putShort((short) 2); // ET_EXEC
        out.putShort((short) 62); // EM_X86_64
        out.putInt(1);
        out.putLong(BASE + CODE_OFFSET); // entry
        out.putLong(ELF_HEADER_SIZE); // program headers
        out.putLong(0); // no sections
        out.putInt(0);
        out.putShort((short) ELF_HEADER_SIZE);
        out.putShort((short) PROGRAM_HEADER_SIZE);
        out.putShort((short) 3);
        out.putShort((short) 0);
        out.putShort((short) 0);
        out.putShort((short) 0);
        int readExecute = 5;
        int readWrite = 6;
        int load = 1;
        int stack = 0x6474e551; // PT_GNU_STACK
        int codeEnd = CODE_OFFSET + CODE.length;
        segment(out, load, readExecute, 0, BASE, codeEnd, codeEnd);
        int fileSize = fileEnd - Interpreter.HEADER_ADDRESS;
        int memorySize = memoryEnd - Interpreter.HEADER_ADDRESS;
        segment(out, load, readWrite, DATA_OFFSET, Interpreter.HEADER_ADDRESS, fileSize, memorySize);
        segment(out, stack, readWrite, 0, 0, 0, 0);
    }

    private static void segment(
            ByteBuffer out, int type, int access, long offset, long address, long fileSize, long memorySize) {
        out.putInt(type);
        out.putInt(access);
        out.putLong(offset);
        out.putLong(address);
        out.putLong(address);
        out.putLong(fileSize);
        out.putLong(memorySize);
        out.putLong(0x1000);
    }

    private void record(ByteBuffer out, Step step) {
        Outcome outcome = step.outcome();
        int flags = flags(outcome);
        List<Operand> operands = step.operands();
        for (int i = 0; i < operands.size(); i++) {
            if (operands.get(i) instanceof Operand.Value) {
                flags |= Interpreter.LOAD << i;
            }
        }
        boolean compute = step.call() == Call.COMPUTE;
        out.putShort((short) (compute ? 0 : step.call().number()));
        out.putShort((short) outcome.tolerated());
        out.putShort((short) (compute ? flags | Interpreter.COMPUTE : flags));
        out.putShort((short) outcome.target().map(this::index).orElse(0).intValue());
        for (int i = 0; i < Step.OPERANDS_MAX; i++) {
            out.putLong(i < operands.size() ? operand(operands.get(i)) : 0);
        }
        out.putLong(step.result().map(this::address).orElse(0L));
    }

    private static int flags(Outcome outcome) {
        int flags = outcome.ignoreNegative() ? Interpreter.IGNORE_NEGATIVE : 0;
        flags |= outcome.failOnZero() ? Interpreter.FAIL_ON_ZERO : 0;
        return flags | jump(outcome.jump());
    }

    private static int jump(Jump jump) {
        return switch (jump) {
            case NEVER -> 0;
            case ON_TOLERATED -> Interpreter.JUMP_ON_TOLERATED;
            case ON_NEGATIVE -> Interpreter.JUMP_ON_NEGATIVE;
            case ON_ZERO -> Interpreter.JUMP_ON_ZERO;
            case ON_POSITIVE -> Interpreter.JUMP_ON_POSITIVE;
            case ALWAYS -> Interpreter.JUMP_ON_NEGATIVE | Interpreter.JUMP_ON_ZERO | Interpreter.JUMP_ON_POSITIVE;
        };
    }

    private long operand(Operand operand) {
        return switch (operand) {
            case Operand.Number number -> number.value();
            case Operand.Address address -> address(address.place());
            case Operand.Value value -> address(value.place());
        };
    }

    private void field(ByteBuffer out, Datum.Field field) {
        switch (field) {
            case Datum.Text text -> {
                out.put(text.value().getBytes(StandardCharsets.UTF_8));
                out.put((byte) 0);
            }
            case Datum.Bytes bytes -> out.put(bytes.content().duplicate());
            case Datum.Word word -> out.putInt(word.value());
            case Datum.LongWord word -> out.putLong(word.value());
            case Datum.Pointer pointer -> out.putLong(address(pointer.to()));
            case Datum.Space space -> out.position(out.position() + space.size());
        }
    }

    private long address(Place place) {
        return addressOf(place.datum()) + (long) place.offset();
    }

    private int addressOf(Datum datum) {
        return Objects.requireNonNull(addresses.get(datum), () -> datum.name() + " is not in the program");
    }

    private int index(Mark mark) {
        return Objects.requireNonNull(marks.get(mark), () -> mark.name() + " is not in the program");
    }
}
