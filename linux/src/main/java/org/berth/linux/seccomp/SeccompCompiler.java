package org.berth.linux.seccomp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Compiles a profile to rows of {@code struct sock_filter} (linux/filter.h), the program of
 * SECCOMP_SET_MODE_FILTER. Pure.
 *
 * <p>Implementation: neighbouring numbers with one verdict become a range; a binary tree over the
 * ranges' beginnings finds the range in about eight comparisons. A conditional jump reaches 255
 * instructions, so a tree whose left half is longer is reached over by an unconditional one.
 */
public final class SeccompCompiler {
    private static final int ARCHITECTURE_X86_64 = 0xc000003e;
    private static final int X32_BIT = 0x40000000;
    private static final int ENOSYS = 38;

    private static final int OFFSET_NUMBER = 0;
    private static final int OFFSET_ARCHITECTURE = 4;
    private static final int OFFSET_ARGUMENTS = 16;

    private static final int LOAD = 0x20;
    private static final int AND = 0x54;
    private static final int JUMP = 0x05;
    private static final int JUMP_EQUAL = 0x15;
    private static final int JUMP_AT_LEAST = 0x35;
    private static final int RETURN = 0x06;

    private static final int RETURN_ALLOW = 0x7fff0000;
    private static final int RETURN_ERROR = 0x00050000;
    private static final int RETURN_KILL = 0x80000000;

    private static final int REACH = 255;
    private static final int INSTRUCTION_BYTES = 8;
    private static final int INSTRUCTIONS_MAX = 4096;

    private SeccompCompiler() {}

    /** The program's bytes; their count divided by 8 is {@code sock_fprog.len}. */
    public static byte[] compile(SeccompProfile profile) {
        List<Instruction> program = new ArrayList<>();
        program.add(new Instruction(LOAD, 0, 0, OFFSET_ARCHITECTURE));
        program.add(new Instruction(JUMP_EQUAL, 1, 0, ARCHITECTURE_X86_64));
        program.add(new Instruction(RETURN, 0, 0, RETURN_KILL));
        program.add(new Instruction(LOAD, 0, 0, OFFSET_NUMBER));
        program.add(new Instruction(JUMP_AT_LEAST, 0, 1, X32_BIT));
        program.add(new Instruction(RETURN, 0, 0, RETURN_ERROR | ENOSYS));
        program.addAll(tree(ranges(profile)));
        if (program.size() > INSTRUCTIONS_MAX) {
            throw new IllegalArgumentException(
                    "a filter has at most " + INSTRUCTIONS_MAX + " instructions, not " + program.size());
        }
        return bytes(program);
    }

    /** Where each range of numbers with one verdict begins; together they hold every number. */
    private static List<Range> ranges(SeccompProfile profile) {
        List<Range> ranges = new ArrayList<>();
        int next = 0;
        for (Map.Entry<Integer, Verdict> entry : profile.verdicts().entrySet()) {
            int number = entry.getKey();
            if (number < 0 || number >= X32_BIT) {
                throw new IllegalArgumentException("no number of a system call: " + number);
            }
            if (number > next) {
                extend(ranges, next, profile.otherwise());
            }
            extend(ranges, number, entry.getValue());
            next = number + 1;
        }
        extend(ranges, next, profile.otherwise());
        return ranges;
    }

    private static void extend(List<Range> ranges, int first, Verdict verdict) {
        if (ranges.isEmpty() || !ranges.getLast().verdict().equals(verdict)) {
            ranges.add(new Range(first, verdict));
        }
    }

    private static List<Instruction> tree(List<Range> ranges) {
        if (ranges.size() == 1) {
            return leaf(ranges.getFirst().verdict());
        }
        int middle = ranges.size() / 2;
        List<Instruction> left = tree(ranges.subList(0, middle));
        List<Instruction> right = tree(ranges.subList(middle, ranges.size()));
        int boundary = ranges.get(middle).first();
        List<Instruction> all = new ArrayList<>();
        if (left.size() <= REACH) {
            all.add(new Instruction(JUMP_AT_LEAST, left.size(), 0, boundary));
        } else {
            all.add(new Instruction(JUMP_AT_LEAST, 0, 1, boundary));
            all.add(new Instruction(JUMP, 0, 0, left.size()));
        }
        all.addAll(left);
        all.addAll(right);
        return all;
    }

    private static List<Instruction> leaf(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Final simple -> List.of(end(simple));
            case Verdict.ByArgument rule -> argument(rule);
        };
    }

    /** Compares the low half of the argument; the machine is little-endian, so it comes first. */
    private static List<Instruction> argument(Verdict.ByArgument rule) {
        List<Instruction> all = new ArrayList<>();
        all.add(new Instruction(LOAD, 0, 0, OFFSET_ARGUMENTS + 8 * rule.argument()));
        if (rule.mask() != -1) {
            all.add(new Instruction(AND, 0, 0, rule.mask()));
        }
        List<Integer> values = rule.values().stream().sorted().toList();
        for (int i = 0; i < values.size(); i++) {
            all.add(new Instruction(JUMP_EQUAL, values.size() - i, 0, values.get(i)));
        }
        all.add(end(rule.otherwise()));
        all.add(end(rule.matching()));
        return all;
    }

    private static Instruction end(Verdict.Final verdict) {
        return new Instruction(
                RETURN,
                0,
                0,
                switch (verdict) {
                    case Verdict.Allow _ -> RETURN_ALLOW;
                    case Verdict.Refuse refuse -> RETURN_ERROR | refuse.errno();
                });
    }

    private static byte[] bytes(List<Instruction> program) {
        ByteBuffer bytes =
                ByteBuffer.allocate(program.size() * INSTRUCTION_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (Instruction instruction : program) {
            bytes.putShort((short) instruction.operation())
                    .put((byte) instruction.whenTrue())
                    .put((byte) instruction.whenFalse())
                    .putInt(instruction.value());
        }
        return bytes.array();
    }

    /** Numbers from {@code first} to the next range's. */
    private record Range(int first, Verdict verdict) {}

    /** A struct sock_filter: code, jt, jf, k. */
    private record Instruction(int operation, int whenTrue, int whenFalse, int value) {}
}
