package org.berth.linux.seccomp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Runs a filter as the kernel does (net/core/filter.c), the instructions that seccomp allows. */
final class FilterInterpreter {
    private final ByteBuffer program;

    FilterInterpreter(byte[] program) {
        this.program = ByteBuffer.wrap(program).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** What the filter returns for a call. */
    int run(int architecture, int number, long... arguments) {
        ByteBuffer data = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        data.putInt(number).putInt(architecture).putLong(0);
        for (long argument : arguments) {
            data.putLong(argument);
        }
        int accumulator = 0;
        for (int at = 0; ; at++) {
            int operation = Short.toUnsignedInt(program.getShort(at * 8));
            int whenTrue = Byte.toUnsignedInt(program.get(at * 8 + 2));
            int whenFalse = Byte.toUnsignedInt(program.get(at * 8 + 3));
            int value = program.getInt(at * 8 + 4);
            switch (operation) {
                case 0x20 -> accumulator = data.getInt(value);
                case 0x54 -> accumulator &= value;
                case 0x05 -> at += value;
                case 0x15 -> at += accumulator == value ? whenTrue : whenFalse;
                case 0x25 -> at += Integer.compareUnsigned(accumulator, value) > 0 ? whenTrue : whenFalse;
                case 0x35 -> at += Integer.compareUnsigned(accumulator, value) >= 0 ? whenTrue : whenFalse;
                case 0x06 -> {
                    return value;
                }
                default -> throw new AssertionError("instruction " + at + " is " + operation);
            }
        }
    }
}
