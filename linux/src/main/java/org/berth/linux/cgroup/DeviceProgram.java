package org.berth.linux.cgroup;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import org.berth.linux.Descriptor;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/**
 * v2's device rules: a BPF program that the kernel asks at each use of a device
 * (BPF_PROG_TYPE_CGROUP_DEVICE, kernel 4.15). It compares type, access, major and minor with each
 * rule in turn and allows at the first that fits; else it refuses.
 */
final class DeviceProgram {
    private static final int PROGRAM_LOAD = 5;
    private static final int PROGRAM_ATTACH = 8;
    private static final int TYPE_CGROUP_DEVICE = 15;
    private static final int ATTACH_CGROUP_DEVICE = 6;
    private static final int ATTRIBUTES_BYTES = 128;
    private static final int INSTRUCTION_BYTES = 8;
    private static final int RULES_MAX = 256;
    private static final int DIRECTORY = 0x10000;

    private static final int LOAD_WORD = 0x61;
    private static final int MOVE_REGISTER = 0xbc;
    private static final int MOVE = 0xb4;
    private static final int AND = 0x54;
    private static final int SHIFT_RIGHT = 0x74;
    private static final int JUMP_UNEQUAL = 0x55;
    private static final int JUMP_UNEQUAL_REGISTER = 0x5d;
    private static final int EXIT = 0x95;

    /** Registers: 1 is the context, then scratch; 2 the type, 3 the access, 4 the major, 5 the minor. */
    private static final int SCRATCH = 1;

    private static final int TYPE = 2;
    private static final int ACCESS = 3;
    private static final int MAJOR = 4;
    private static final int MINOR = 5;

    private final ByteBuffer code;

    private DeviceProgram(int rules) {
        code = ByteBuffer.allocate((8 + rules * 9) * INSTRUCTION_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Sets the rules of a group where they are not files: when only the unified hierarchy is there. */
    static void attachWhereNeeded(CgroupLayout layout, Cgroup group, List<DeviceRule> rules) {
        if (layout.mode() == CgroupLayout.Mode.UNIFIED) {
            attach(group.unifiedFolder().orElseThrow(), rules);
        }
    }

    /** Loads the program of the rules and attaches it; it lives as long as the group. */
    static void attach(Path folder, List<DeviceRule> rules) {
        byte[] program = compile(rules);
        try (Arena arena = Arena.ofConfined();
                Descriptor target = CgroupFiles.open(folder, DIRECTORY)) {
            MemorySegment attributes = arena.allocate(ATTRIBUTES_BYTES, 8);
            attributes.set(ValueLayout.JAVA_INT, 0, TYPE_CGROUP_DEVICE);
            attributes.set(ValueLayout.JAVA_INT, 4, program.length / INSTRUCTION_BYTES);
            attributes.set(
                    ValueLayout.JAVA_LONG,
                    8,
                    arena.allocate(program.length, 8)
                            .copyFrom(MemorySegment.ofArray(program))
                            .address());
            attributes.set(
                    ValueLayout.JAVA_LONG,
                    16,
                    SystemCalls.text(arena, "Apache-2.0").address());
            long loaded = SystemCalls.call(
                    "load the device rules of " + folder,
                    SystemCallNumber.BPF,
                    PROGRAM_LOAD,
                    attributes.address(),
                    ATTRIBUTES_BYTES);
            try (Descriptor descriptor = new Descriptor((int) loaded)) {
                attributes.fill((byte) 0);
                attributes.set(ValueLayout.JAVA_INT, 0, target.number());
                attributes.set(ValueLayout.JAVA_INT, 4, descriptor.number());
                attributes.set(ValueLayout.JAVA_INT, 8, ATTACH_CGROUP_DEVICE);
                SystemCalls.call(
                        "attach the device rules of " + folder,
                        SystemCallNumber.BPF,
                        PROGRAM_ATTACH,
                        attributes.address(),
                        ATTRIBUTES_BYTES);
            }
        }
    }

    /** The program, as rows of struct bpf_insn. */
    static byte[] compile(List<DeviceRule> rules) {
        if (rules.size() > RULES_MAX) {
            throw new IllegalArgumentException("at most " + RULES_MAX + " device rules, not " + rules.size());
        }
        DeviceProgram program = new DeviceProgram(rules.size());
        program.add(LOAD_WORD, TYPE, 1, 0, 0);
        program.add(MOVE_REGISTER, ACCESS, TYPE, 0, 0);
        program.add(AND, TYPE, 0, 0, 0xffff);
        program.add(SHIFT_RIGHT, ACCESS, 0, 0, 16);
        program.add(LOAD_WORD, MAJOR, 1, 4, 0);
        program.add(LOAD_WORD, MINOR, 1, 8, 0);
        rules.forEach(program::rule);
        program.add(MOVE, 0, 0, 0, 0);
        program.add(EXIT, 0, 0, 0, 0);
        return java.util.Arrays.copyOf(program.code.array(), program.code.position());
    }

    private void rule(DeviceRule rule) {
        int left = 6 + (rule.major() == DeviceRule.ANY ? 0 : 1) + (rule.minor() == DeviceRule.ANY ? 0 : 1);
        add(JUMP_UNEQUAL, TYPE, 0, --left, rule.kind() == 'b' ? 1 : 2);
        add(MOVE_REGISTER, SCRATCH, ACCESS, 0, 0);
        add(AND, SCRATCH, 0, 0, access(rule));
        left -= 2;
        add(JUMP_UNEQUAL_REGISTER, SCRATCH, ACCESS, --left, 0);
        if (rule.major() != DeviceRule.ANY) {
            add(JUMP_UNEQUAL, MAJOR, 0, --left, rule.major());
        }
        if (rule.minor() != DeviceRule.ANY) {
            add(JUMP_UNEQUAL, MINOR, 0, --left, rule.minor());
        }
        add(MOVE, 0, 0, 0, 1);
        add(EXIT, 0, 0, 0, 0);
    }

    private static int access(DeviceRule rule) {
        return (rule.access().contains("m") ? 1 : 0)
                | (rule.access().contains("r") ? 2 : 0)
                | (rule.access().contains("w") ? 4 : 0);
    }

    private void add(int operation, int target, int source, int offset, int value) {
        code.put((byte) operation)
                .put((byte) (source << 4 | target))
                .putShort((short) offset)
                .putInt(value);
    }
}
