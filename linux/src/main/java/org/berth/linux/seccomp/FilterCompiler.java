package org.berth.linux.seccomp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * Compiles tables of decisions to rows of {@code struct sock_filter} (linux/filter.h), the program of
 * SECCOMP_SET_MODE_FILTER. Pure.
 *
 * <p>Implementation: every block ends in returns, so that blocks can be put one after another and only be jumped
 * over. Neighbouring numbers with one decision are a range; a binary tree over the ranges' beginnings finds the
 * range in about eight comparisons. A conditional jump reaches 255 instructions: a longer block is jumped over by
 * an unconditional one. Arguments are compared by halves; the machine is little-endian, so the low one comes first.
 */
final class FilterCompiler {
    private static final int X32_BIT = 0x40000000;
    private static final int ENOSYS = 38;

    private static final int OFFSET_NUMBER = 0;
    private static final int OFFSET_ARCHITECTURE = 4;
    private static final int OFFSET_ARGUMENTS = 16;

    private static final int LOAD = 0x20;
    private static final int AND = 0x54;
    private static final int JUMP = 0x05;
    private static final int JUMP_EQUAL = 0x15;
    private static final int JUMP_GREATER = 0x25;
    private static final int JUMP_AT_LEAST = 0x35;
    private static final int RETURN = 0x06;

    private static final int REACH = 255;
    private static final int INSTRUCTION_BYTES = 8;
    private static final int INSTRUCTIONS_MAX = 4096; // BPF_MAXINSNS

    private FilterCompiler() {}

    /**
     * The program's bytes; their count divided by 8 is {@code sock_fprog.len}.
     *
     * @param tables X86_64's, and those of other calls that may be made; others kill the process, but for those
     *     of x32, which are not there
     * @throws BerthException INVALID when it would have more instructions than the kernel takes
     */
    static byte[] compile(Map<Architecture, DecisionTable> tables) {
        List<Instruction> program = new ArrayList<>();
        program.add(new Instruction(LOAD, 0, 0, OFFSET_ARCHITECTURE));
        table(tables, Architecture.X86)
                .ifPresent(table -> program.addAll(whenEqual(Architecture.X86.token(), numbers(table, true, false))));
        program.add(new Instruction(JUMP_EQUAL, 1, 0, Architecture.X86_64.token()));
        program.add(end(new Action.KillProcess()));
        program.add(new Instruction(LOAD, 0, 0, OFFSET_NUMBER));
        List<Instruction> x32 = table(tables, Architecture.X32)
                .map(table -> numbers(table, false, true))
                .orElse(List.of(end(new Action.Refuse(ENOSYS))));
        program.addAll(whenAtLeast(X32_BIT, x32));
        program.addAll(tree(ranges(table(tables, Architecture.X86_64).orElseThrow()), false));
        if (program.size() > INSTRUCTIONS_MAX) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "the seccomp filter would have " + program.size() + " instructions; the kernel takes "
                            + INSTRUCTIONS_MAX + ": name fewer calls or conditions");
        }
        return bytes(program);
    }

    private static Optional<DecisionTable> table(Map<Architecture, DecisionTable> tables, Architecture architecture) {
        return Optional.ofNullable(tables.get(architecture));
    }

    private static List<Instruction> numbers(DecisionTable table, boolean narrow, boolean bit) {
        List<Instruction> all = new ArrayList<>();
        all.add(new Instruction(LOAD, 0, 0, OFFSET_NUMBER));
        if (bit) {
            all.add(new Instruction(AND, 0, 0, ~X32_BIT));
        }
        all.addAll(tree(ranges(table), narrow));
        return all;
    }

    private static List<Range> ranges(DecisionTable table) {
        List<Range> ranges = new ArrayList<>();
        table.ranges().forEach((first, decision) -> ranges.add(new Range(first, decision)));
        return ranges;
    }

    private static List<Instruction> tree(List<Range> ranges, boolean narrow) {
        if (ranges.size() == 1) {
            return decide(ranges.getFirst().decision(), narrow);
        }
        int middle = ranges.size() / 2;
        List<Instruction> left = tree(ranges.subList(0, middle), narrow);
        List<Instruction> right = tree(ranges.subList(middle, ranges.size()), narrow);
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

    private static List<Instruction> decide(Decision decision, boolean narrow) {
        List<Instruction> all = new ArrayList<>();
        for (Decision.Case each : (narrow ? decision.narrow() : decision).cases()) {
            all.addAll(holding(each, narrow));
        }
        all.add(end(decision.otherwise()));
        return all;
    }

    /** Built from the end: each comparison that fails jumps behind the return. */
    private static List<Instruction> holding(Decision.Case each, boolean narrow) {
        List<Instruction> all = new ArrayList<>(List.of(end(each.action())));
        for (Condition condition : each.conditions().reversed()) {
            all.addAll(0, compare(condition, narrow, all.size()));
        }
        return all;
    }

    /** Goes on when the condition holds; else jumps over {@code rest} instructions after these. */
    private static List<Instruction> compare(Condition condition, boolean narrow, int rest) {
        int low = OFFSET_ARGUMENTS + 8 * condition.argument();
        int lowValue = (int) condition.value();
        int highValue = (int) (condition.value() >>> 32);
        return switch (condition.comparison()) {
            case EQUAL -> equal(low, narrow, -1L, condition.value(), rest);
            case MASKED_EQUAL -> equal(low, narrow, condition.value(), condition.second(), rest);
            case NOT_EQUAL -> {
                List<Instruction> all = new ArrayList<>();
                if (!narrow) {
                    all.add(load(low + 4));
                    all.add(new Instruction(JUMP_EQUAL, 0, 2, highValue));
                }
                all.add(load(low));
                all.add(new Instruction(JUMP_EQUAL, rest, 0, lowValue));
                yield all;
            }
            case GREATER -> ordered(low, narrow, JUMP_GREATER, condition.value(), true, rest);
            case GREATER_OR_EQUAL -> ordered(low, narrow, JUMP_AT_LEAST, condition.value(), true, rest);
            case LESS -> ordered(low, narrow, JUMP_AT_LEAST, condition.value(), false, rest);
            case LESS_OR_EQUAL -> ordered(low, narrow, JUMP_GREATER, condition.value(), false, rest);
        };
    }

    private static List<Instruction> equal(int low, boolean narrow, long mask, long value, int rest) {
        List<Instruction> lower = new ArrayList<>(List.of(load(low)));
        mask(lower, (int) mask);
        lower.add(new Instruction(JUMP_EQUAL, 0, rest, (int) value));
        if (narrow) {
            return lower;
        }
        List<Instruction> all = new ArrayList<>(List.of(load(low + 4)));
        mask(all, (int) (mask >>> 32));
        all.add(new Instruction(JUMP_EQUAL, 0, lower.size() + rest, (int) (value >>> 32)));
        all.addAll(lower);
        return all;
    }

    private static void mask(List<Instruction> all, int mask) {
        if (mask != -1) {
            all.add(new Instruction(AND, 0, 0, mask));
        }
    }

    /** @param wanted whether the comparison is to be true, or false */
    private static List<Instruction> ordered(
            int low, boolean narrow, int comparison, long value, boolean wanted, int rest) {
        List<Instruction> all = new ArrayList<>();
        if (!narrow) {
            int high = (int) (value >>> 32);
            all.add(load(low + 4));
            // a greater high half decides, an equal one leaves it to the low half
            all.add(new Instruction(JUMP_GREATER, wanted ? 3 : 3 + rest, 0, high));
            all.add(new Instruction(JUMP_EQUAL, 0, wanted ? 2 + rest : 2, high));
        }
        all.add(load(low));
        all.add(new Instruction(comparison, wanted ? 0 : rest, wanted ? rest : 0, (int) value));
        return all;
    }

    private static Instruction load(int offset) {
        return new Instruction(LOAD, 0, 0, offset);
    }

    private static List<Instruction> whenEqual(int value, List<Instruction> block) {
        return over(new Instruction(JUMP_EQUAL, 1, 0, value), block);
    }

    private static List<Instruction> whenAtLeast(int value, List<Instruction> block) {
        return over(new Instruction(JUMP_AT_LEAST, 1, 0, value), block);
    }

    private static List<Instruction> over(Instruction test, List<Instruction> block) {
        List<Instruction> all = new ArrayList<>(List.of(test, new Instruction(JUMP, 0, 0, block.size())));
        all.addAll(block);
        return all;
    }

    private static Instruction end(Action action) {
        return new Instruction(RETURN, 0, 0, action.value());
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
    private record Range(int first, Decision decision) {}

    /** A struct sock_filter: code, jt, jf, k. */
    private record Instruction(int operation, int whenTrue, int whenFalse, int value) {
        Instruction {
            if (whenTrue > REACH || whenFalse > REACH) {
                throw new IllegalStateException("a conditional jump reaches " + REACH + " instructions");
            }
        }
    }
}
