package org.berth.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What device rules come to: v1's lines, and v2's program, which is run here as the kernel does. */
class DeviceListTest {
    private static final long SEED = 20_261_123;

    @Test
    void laterRulesForAllDevicesUndoEarlierOnes() {
        assertThat(lines(
                        new DeviceAccess(true, 'c', 1, 3, "rwm"),
                        DeviceAccess.all(true),
                        new DeviceAccess(true, 'c', 1, 5, "r"),
                        new DeviceAccess(false, 'b', 8, 0, "w")))
                .containsExactly("+a", "-b 8:0 w");
    }

    @Test
    void exceptionTakenBack() {
        assertThat(lines(
                        new DeviceAccess(true, 'c', 1, 3, "rwm"),
                        new DeviceAccess(true, 'c', 1, 5, "rw"),
                        new DeviceAccess(false, 'c', 1, DeviceRule.ANY, "w")))
                .containsExactly("-a", "+c 1:3 rwm", "+c 1:5 rw", "-c 1:3 w", "-c 1:5 w");
    }

    @Test
    void holeThatLegacyCannotHoldIsRefused() {
        assertThatThrownBy(() -> lines(
                        new DeviceAccess(true, 'c', 10, DeviceRule.ANY, "rwm"),
                        new DeviceAccess(false, 'c', 10, 229, "w")))
                .hasMessage("device rule deny c 10:229 w: cgroup v1 can't take it out of allow c 10:* rwm");
    }

    @Test
    void wrongRules() {
        for (String[] wrong : new String[][] {{"x", "rw"}, {"c", ""}, {"c", "rx"}}) {
            assertThatThrownBy(() -> new DeviceAccess(true, wrong[0].charAt(0), 1, 1, wrong[1]))
                    .hasMessageContaining("no device rule");
        }
        assertThatThrownBy(() -> new DeviceAccess(true, 'c', -2, 1, "r")).hasMessageContaining("-2");
    }

    @Test
    void programSaysWhatTheListSays() {
        Random random = new Random(SEED);
        for (int round = 0; round < 300; round++) {
            List<DeviceAccess> rules = new ArrayList<>();
            for (int i = random.nextInt(12); i > 0; i--) {
                rules.add(rule(random));
            }
            DeviceList list = DeviceList.of(rules);
            byte[] program = DeviceFilter.compile(list);
            for (int use = 0; use < 60; use++) {
                char kind = random.nextBoolean() ? 'c' : 'b';
                int major = random.nextInt(3);
                int minor = random.nextInt(3);
                int access = 1 + random.nextInt(7);
                String letters = (access & 1) != 0 ? "m" : "";
                letters += (access & 2) != 0 ? "r" : "";
                letters += (access & 4) != 0 ? "w" : "";
                assertThat(run(program, kind, access, major, minor))
                        .as("seed %d, %s asked for %s %d:%d %s", SEED, rules, kind, major, minor, letters)
                        .isEqualTo(list.allows(kind, major, minor, letters));
            }
        }
    }

    private static DeviceAccess rule(Random random) {
        if (random.nextInt(10) == 0) {
            return DeviceAccess.all(random.nextBoolean());
        }
        String[] access = {"r", "w", "m", "rw", "rm", "rwm"};
        return new DeviceAccess(
                random.nextBoolean(),
                random.nextBoolean() ? 'c' : 'b',
                random.nextInt(4) - 1,
                random.nextInt(4) - 1,
                access[random.nextInt(access.length)]);
    }

    private static List<String> lines(DeviceAccess... rules) {
        return DeviceList.of(List.of(rules)).legacyLines().stream()
                .map(line -> (line.allow() ? "+" : "-") + line.text())
                .toList();
    }

    /** The few instructions that these programs are made of. */
    private static boolean run(byte[] program, char kind, int access, int major, int minor) {
        ByteBuffer code = ByteBuffer.wrap(program).order(ByteOrder.LITTLE_ENDIAN);
        int[] context = {access << 16 | (kind == 'b' ? 1 : 2), major, minor};
        int[] registers = new int[6];
        for (int at = 0; ; at++) {
            int operation = Byte.toUnsignedInt(code.get(at * 8));
            int target = code.get(at * 8 + 1) & 15;
            int source = code.get(at * 8 + 1) >> 4 & 15;
            int offset = code.getShort(at * 8 + 2);
            int value = code.getInt(at * 8 + 4);
            switch (operation) {
                case 0x61 -> registers[target] = context[offset / 4];
                case 0xbc -> registers[target] = registers[source];
                case 0xb4 -> registers[target] = value;
                case 0x54 -> registers[target] &= value;
                case 0x74 -> registers[target] >>>= value;
                case 0x56 -> at += registers[target] != value ? offset : 0;
                case 0x16 -> at += registers[target] == value ? offset : 0;
                case 0x95 -> {
                    return registers[0] == 1;
                }
                default -> throw new AssertionError("instruction " + at + " is " + operation);
            }
        }
    }
}
