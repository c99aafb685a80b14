package org.berth.linux.cgroup;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/**
 * v2's device rules: a BPF program that the kernel asks at each use of a device
 * (BPF_PROG_TYPE_CGROUP_DEVICE, kernel 4.15). From the last rule to the first each takes the kinds of
 * access it allows out of those asked for, and refuses when it denies one that is left; when none is left
 * the use is allowed. It lives as long as the group, and beside those of the groups above and below.
 */
final class DeviceFilter {
    private static final int PROGRAM_LOAD = 5;
    private static final int PROGRAM_ATTACH = 8;
    private static final int PROGRAM_DETACH = 9;
    private static final int PROGRAM_BY_ID = 13;
    private static final int PROGRAM_QUERY = 16;
    private static final int TYPE_CGROUP_DEVICE = 15;
    private static final int ATTACH_CGROUP_DEVICE = 6;
    private static final int ALLOW_MULTI = 2;
    private static final int REPLACE = 4;
    private static final int ATTRIBUTES_BYTES = 128;
    private static final int INSTRUCTION_BYTES = 8;
    private static final int RULE_INSTRUCTIONS_MAX = 8;
    private static final int ATTACHED_MAX = 64;
    private static final int DIRECTORY = 0x10000;

    private static final int LOAD_WORD = 0x61;
    private static final int MOVE_REGISTER = 0xbc;
    private static final int MOVE = 0xb4;
    private static final int AND = 0x54;
    private static final int SHIFT_RIGHT = 0x74;
    private static final int JUMP_UNEQUAL = 0x56;
    private static final int JUMP_EQUAL = 0x16;
    private static final int EXIT = 0x95;

    /** Registers: 1 is the context, then scratch; 2 the type, 3 the access, 4 the major, 5 the minor. */
    private static final int SCRATCH = 1;

    private static final int TYPE = 2;
    private static final int ACCESS = 3;
    private static final int MAJOR = 4;
    private static final int MINOR = 5;

    private final ByteBuffer code;

    private DeviceFilter(int rules) {
        code = ByteBuffer.allocate((8 + rules * RULE_INSTRUCTIONS_MAX) * INSTRUCTION_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Sets the rules of a group where they are not files: when only the unified hierarchy is there. */
    static void attachWhereNeeded(CgroupLayout layout, Cgroup group, List<DeviceRule> rules) {
        if (layout.mode() == CgroupLayout.Mode.UNIFIED) {
            List<DeviceAccess> allowed = rules.stream()
                    .map(rule -> new DeviceAccess(true, rule.kind(), rule.major(), rule.minor(), rule.access()))
                    .toList();
            replace(group.unifiedFolder().orElseThrow(), DeviceList.of(allowed));
        }
    }

    /** Attaches the program of the rules to a group in place of those it has. */
    static void replace(Path folder, DeviceList rules) {
        byte[] program = compile(rules);
        try (Descriptor group = CgroupFiles.open(folder, DIRECTORY);
                Descriptor loaded = load(folder, program)) {
            List<Integer> attached = attached(folder, group);
            if (attached.size() == 1 && replace(group, loaded, attached.getFirst())) {
                return;
            }
            call(folder, PROGRAM_ATTACH, group.number(), loaded.number(), ATTACH_CGROUP_DEVICE, ALLOW_MULTI);
            attached.forEach(id -> detach(folder, group, id));
        }
    }

    /** In one step, so that there is no moment without rules or with both (kernel 5.6). */
    private static boolean replace(Descriptor group, Descriptor loaded, int old) {
        try (Descriptor replaced = byId(old)) {
            return attempt(
                            PROGRAM_ATTACH,
                            group.number(),
                            loaded.number(),
                            ATTACH_CGROUP_DEVICE,
                            ALLOW_MULTI | REPLACE,
                            replaced.number())
                    >= 0;
        } catch (SystemCallException e) {
            return false;
        }
    }

    private static void detach(Path folder, Descriptor group, int id) {
        try (Descriptor old = byId(id)) {
            call(folder, PROGRAM_DETACH, group.number(), old.number(), ATTACH_CGROUP_DEVICE);
        } catch (SystemCallException e) {
            if (e.errno() != Errno.ENOENT) { // else it went away with who attached it
                throw e;
            }
        }
    }

    private static Descriptor byId(int id) {
        return new Descriptor((int) call(Path.of("program " + id), PROGRAM_BY_ID, id));
    }

    private static List<Integer> attached(Path folder, Descriptor group) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ids = arena.allocate(ValueLayout.JAVA_INT, ATTACHED_MAX);
            MemorySegment attributes = arena.allocate(ATTRIBUTES_BYTES, 8);
            attributes.set(ValueLayout.JAVA_INT, 0, group.number());
            attributes.set(ValueLayout.JAVA_INT, 4, ATTACH_CGROUP_DEVICE);
            attributes.set(ValueLayout.JAVA_LONG, 16, ids.address());
            attributes.set(ValueLayout.JAVA_INT, 24, ATTACHED_MAX);
            bpf("ask for the device rules of " + folder, PROGRAM_QUERY, attributes);
            List<Integer> found = new ArrayList<>();
            for (int i = 0; i < attributes.get(ValueLayout.JAVA_INT, 24); i++) {
                found.add(ids.getAtIndex(ValueLayout.JAVA_INT, i));
            }
            return found;
        }
    }

    private static Descriptor load(Path folder, byte[] program) {
        try (Arena arena = Arena.ofConfined()) {
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
            return new Descriptor((int) bpf("load the device rules of " + folder, PROGRAM_LOAD, attributes));
        }
    }

    private static long call(Path folder, int command, int... words) {
        long result = attempt(command, words);
        if (result < 0) {
            throw new SystemCallException("set the device rules of " + folder, (int) -result);
        }
        return result;
    }

    private static long attempt(int command, int... words) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(ATTRIBUTES_BYTES, 8);
            for (int i = 0; i < words.length; i++) {
                attributes.setAtIndex(ValueLayout.JAVA_INT, i, words[i]);
            }
            return SystemCalls.attempt(SystemCallNumber.BPF, command, attributes.address(), ATTRIBUTES_BYTES);
        }
    }

    private static long bpf(String action, int command, MemorySegment attributes) {
        return SystemCalls.call(action, SystemCallNumber.BPF, command, attributes.address(), ATTRIBUTES_BYTES);
    }

    /** The program, as rows of struct bpf_insn. */
    static byte[] compile(DeviceList rules) {
        DeviceFilter program = new DeviceFilter(rules.exceptions().size());
        program.add(LOAD_WORD, TYPE, 1, 0, 0);
        program.add(MOVE_REGISTER, ACCESS, TYPE, 0, 0);
        program.add(AND, TYPE, 0, 0, 0xffff);
        program.add(SHIFT_RIGHT, ACCESS, 0, 0, 16);
        program.add(LOAD_WORD, MAJOR, 1, 4, 0);
        program.add(LOAD_WORD, MINOR, 1, 8, 0);
        rules.exceptions().reversed().forEach(program::rule);
        program.answer(rules.all());
        return Arrays.copyOf(program.code.array(), program.code.position());
    }

    private void rule(DeviceAccess rule) {
        int left = (rule.major() == DeviceRule.ANY ? 0 : 1)
                + (rule.minor() == DeviceRule.ANY ? 0 : 1)
                + (rule.allow() ? 4 : 5);
        add(JUMP_UNEQUAL, TYPE, 0, left--, rule.kind() == 'b' ? 1 : 2);
        if (rule.major() != DeviceRule.ANY) {
            add(JUMP_UNEQUAL, MAJOR, 0, left--, (int) rule.major());
        }
        if (rule.minor() != DeviceRule.ANY) {
            add(JUMP_UNEQUAL, MINOR, 0, left, (int) rule.minor());
        }
        if (rule.allow()) {
            add(AND, ACCESS, 0, 0, ~access(rule));
            add(JUMP_UNEQUAL, ACCESS, 0, 2, 0);
        } else {
            add(MOVE_REGISTER, SCRATCH, ACCESS, 0, 0);
            add(AND, SCRATCH, 0, 0, access(rule));
            add(JUMP_EQUAL, SCRATCH, 0, 2, 0);
        }
        answer(rule.allow());
    }

    private void answer(boolean allow) {
        add(MOVE, 0, 0, 0, allow ? 1 : 0);
        add(EXIT, 0, 0, 0, 0);
    }

    private static int access(DeviceAccess rule) {
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
