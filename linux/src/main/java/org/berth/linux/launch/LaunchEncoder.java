package org.berth.linux.launch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
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
    /** Where the header is in an executable; what comes before it is not sent. */
    static final int DATA_OFFSET = Interpreter.HEADER_ADDRESS & 0xfff;

    private static final int HEADER_SIZE = Interpreter.RECORDS_ADDRESS - Interpreter.HEADER_ADDRESS;
    private static final int RECORD_SIZE = 64;
    private static final int TARGET_OFFSET = 6;
    private static final int RECORD_WORDS = RECORD_SIZE / Long.BYTES;
    private static final int ALIGNMENT = 8;
    private static final int PAGE_SIZE = 0x1000;
    private static final byte[] CODE = Interpreter.code();

    /** Where in the code the first record's address is: the operand of its first instruction. */
    private static final int CODE_RECORDS_OFFSET = 1;

    /** Index of the first record of a {@link WaitingProgram}: as far up as the 2 MiB range allows. */
    private static final int WAITING_FIRST = 30_720;

    /** Where the memory of what a waiting program receives ends. */
    private static final int RECEIVED_END = Interpreter.RECORDS_ADDRESS + WAITING_FIRST * RECORD_SIZE & -PAGE_SIZE;

    private final LaunchProgram program;
    private final int first;
    private final int[] addresses;
    private int fileEnd;
    private int memoryEnd;

    private LaunchEncoder(LaunchProgram program, int first) {
        this.program = program;
        this.first = first;
        this.addresses = new int[program.data().size()];
        layOut();
    }

    /** The executable's bytes. */
    public static byte[] encode(LaunchProgram program) {
        return new LaunchEncoder(program, 0).write();
    }

    /** The executable, and whether a {@link WaitingProgram} can receive it: with its empty space it lies below that. */
    static EncodedProgram encoded(LaunchProgram program) {
        LaunchEncoder encoder = new LaunchEncoder(program, 0);
        byte[] executable = encoder.write();
        boolean fits = encoder.memoryEnd <= RECEIVED_END && executable.length - DATA_OFFSET <= WaitingProgram.IMAGE_MAX;
        return new EncodedProgram(executable, fits, () -> program);
    }

    /**
     * The executable of a program that receives another one below itself.
     *
     * @param received before the jump that is to go on at the first record of what it received
     */
    static byte[] encodeWaiting(LaunchProgram program, Mark received) {
        LaunchEncoder encoder = new LaunchEncoder(program, WAITING_FIRST);
        byte[] executable = encoder.write();
        ByteBuffer.wrap(executable)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort(DATA_OFFSET + HEADER_SIZE + program.position(received) * RECORD_SIZE + TARGET_OFFSET, (short)
                        0);
        return executable;
    }

    /** Records first, then data with content, then empty space, which the file leaves out. */
    private void layOut() {
        fileEnd = layOut(recordsAddress() + program.steps().size() * RECORD_SIZE, false);
        memoryEnd = layOut(fileEnd, true);
        addresses[program.status().number()] = Interpreter.HEADER_ADDRESS;
    }

    private int recordsAddress() {
        return Interpreter.RECORDS_ADDRESS + first * RECORD_SIZE;
    }

    private int layOut(int start, boolean empty) {
        int address = start;
        for (Datum datum : program.data()) {
            if (datum.isEmptySpace() == empty) {
                addresses[datum.number()] = address;
                address = align(address + datum.size());
            }
        }
        return address;
    }

    private static int align(int address) {
        return (address + ALIGNMENT - 1) & -ALIGNMENT;
    }

    private byte[] write() {
        int size = DATA_OFFSET + HEADER_SIZE + fileEnd - recordsAddress();
        ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        elfHeader(out);
        out.put(CODE);
        out.putInt(codeOffset() + CODE_RECORDS_OFFSET, recordsAddress());
        out.position(DATA_OFFSET + 8);
        out.putInt(first + program.position(program.failure()));
        out.position(DATA_OFFSET + HEADER_SIZE);
        out.asLongBuffer().put(records());
        for (Datum datum : program.data()) {
            if (!datum.isEmptySpace()) {
                out.position(DATA_OFFSET + HEADER_SIZE + addresses[datum.number()] - recordsAddress());
                for (Datum.Field field : datum.fields()) {
                    field(out, field);
                }
            }
        }
        return out.array();
    }

    /** Code, data (two parts of it in a waiting program), stack. */
    private int segments() {
        return first > 0 ? 4 : 3;
    }

    private int codeOffset() {
        return ELF_HEADER_SIZE + segments() * PROGRAM_HEADER_SIZE;
    }

    private void elfHeader(ByteBuffer out) {
        out.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
        out.putShort((short) 2); // ET_EXEC
        out.putShort((short) 62); // EM_X86_64
        out.putInt(1);
        out.putLong(BASE + codeOffset()); // entry
        out.putLong(ELF_HEADER_SIZE); // program headers
        out.putLong(0); // no sections
        out.putInt(0);
        out.putShort((short) ELF_HEADER_SIZE);
        out.putShort((short) PROGRAM_HEADER_SIZE);
        out.putShort((short) segments());
        out.putShort((short) 0);
        out.putShort((short) 0);
        out.putShort((short) 0);
        int readExecute = 5;
        int readWrite = 6;
        int load = 1;
        int stack = 0x6474e551; // PT_GNU_STACK
        int codeEnd = codeOffset() + CODE.length;
        segment(out, load, readExecute, 0, BASE, codeEnd, codeEnd);
        int start = Interpreter.HEADER_ADDRESS;
        if (first > 0) {
            segment(out, load, readWrite, DATA_OFFSET, start, HEADER_SIZE, RECEIVED_END - start);
            start = recordsAddress();
        }
        int offset = first > 0 ? DATA_OFFSET + HEADER_SIZE : DATA_OFFSET;
        segment(out, load, readWrite, offset, start, fileEnd - start, memoryEnd - start);
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
        out.putLong(PAGE_SIZE);
    }

    /** Eight words a record: cheaper to fill than a buffer, for code that runs uncompiled at first. */
    private long[] records() {
        List<Step> steps = program.steps();
        long[] words = new long[steps.size() * RECORD_WORDS];
        for (int i = 0; i < steps.size(); i++) {
            record(words, i * RECORD_WORDS, steps.get(i));
        }
        return words;
    }

    private void record(long[] words, int start, Step step) {
        Outcome outcome = step.outcome();
        List<Operand> operands = step.operands();
        boolean compute = step.call() == Call.COMPUTE;
        long call = compute ? 0 : step.call().number();
        long flags = flags(outcome) | (compute ? Interpreter.COMPUTE : 0) | loads(operands);
        long target = outcome.target().isPresent()
                ? first + program.position(outcome.target().get())
                : 0;
        words[start] = call | (long) outcome.tolerated() << 16 | flags << 32 | target << 48;
        for (int i = 0; i < operands.size(); i++) {
            words[start + 1 + i] = operand(operands.get(i));
        }
        if (step.result().isPresent()) {
            words[start + RECORD_WORDS - 1] = address(step.result().get());
        }
    }

    private static int loads(List<Operand> operands) {
        int flags = 0;
        for (int i = 0; i < operands.size(); i++) {
            flags |= operands.get(i) instanceof Operand.Value ? Interpreter.LOAD << i : 0;
        }
        return flags;
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
        return addresses[place.datum().number()] + (long) place.offset();
    }
}
