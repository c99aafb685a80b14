package org.berth.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.berth.engine.Samples.shell;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.Instance;
import org.berth.engine.BusyboxCondition.NeedsBusybox;
import org.berth.engine.JailRequest.DiskLimit;
import org.berth.linux.cgroup.GroupResources;
import org.berth.linux.cgroup.GroupResources.BlockIo;
import org.berth.linux.cgroup.GroupResources.Memory;
import org.berth.linux.cgroup.GroupResources.Processor;
import org.berth.linux.cgroup.GroupResources.ThrottleKind;
import org.berth.runtime.Resources;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/**
 * Goal: a limit that few containers ask for holds, or is refused by name. Method: containers read it back from their own
 * groups' files; where this kernel has no such file, the start must say so.
 */
@KernelTest
@NeedsBusybox
class LimitsKernelTest {
    private static final long MEBIBYTE = 1 << 20;

    @Test
    void howMuchIsSwapped(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            Memory memory = new Memory(
                    OptionalLong.empty(),
                    OptionalLong.of(32 * MEBIBYTE),
                    OptionalLong.empty(),
                    OptionalLong.empty(),
                    OptionalLong.empty(),
                    OptionalLong.of(10),
                    Optional.empty(),
                    Optional.empty(),
                    false);
            holds(node, "memory", "memory.swappiness", limited(with(memory)), "10\n", "memory swappiness");
            assertThat(node.output(shell("cat /sys/fs/cgroup/memory/memory.soft_limit_in_bytes"
                                    + " /sys/fs/cgroup/memory.low 2>/dev/null")
                            .with(request -> limits(request, with(reservation())))))
                    .isEqualTo(32 * MEBIBYTE + "\n");
        }
    }

    private static Memory reservation() {
        Memory none = Memory.NONE;
        return new Memory(
                none.limit(),
                OptionalLong.of(32 * MEBIBYTE),
                none.swap(),
                none.kernel(),
                none.kernelTcp(),
                none.swappiness(),
                none.disableOutOfMemoryKiller(),
                none.useHierarchy(),
                false);
    }

    @Test
    void withoutMemoryItWaitsInsteadOfBeingKilled(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            Memory none = Memory.NONE;
            Memory memory = new Memory(
                    none.limit(),
                    none.reservation(),
                    none.swap(),
                    none.kernel(),
                    none.kernelTcp(),
                    none.swappiness(),
                    Optional.of(true),
                    none.useHierarchy(),
                    false);
            holds(
                    node,
                    "memory",
                    "memory.oom_control",
                    limited(with(memory)),
                    "oom_kill_disable 1\n",
                    "out of memory killer");
        }
    }

    @Test
    void timeForRealTimeScheduling(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            Samples first = limited(realtime(2_000, 500_000));
            holds(node, "cpu", "cpu.rt_runtime_us", first, "2000\n", "real-time");
            holds(node, "cpu", "cpu.rt_period_us", first, "500000\n", "real-time");
            // beside another that has its share
            Samples second = limited(realtime(3_000, 1_000_000));
            second.command = Optional.of(List.of("sleep", "12345"));
            if (has(node, "cpu", "cpu.rt_runtime_us")) {
                node.start(second);
                holds(node, "cpu", "cpu.rt_runtime_us", first, "2000\n", "real-time");
                Samples much = limited(realtime(999_000, 1_000_000));
                assertThatThrownBy(() -> node.start(much))
                        .isInstanceOf(BerthException.class)
                        .hasMessageContaining("cpu real-time runtime");
            }
        }
    }

    private static GroupResources realtime(long runtime, long period) {
        Processor no = Processor.NONE;
        GroupResources none = GroupResources.NONE;
        return new GroupResources(
                none.devices(),
                none.memory(),
                new Processor(
                        no.shares(),
                        no.quota(),
                        no.burst(),
                        no.period(),
                        OptionalLong.of(runtime),
                        OptionalLong.of(period),
                        no.processors(),
                        no.memoryNodes(),
                        no.idle()),
                none.pids(),
                none.blockIo(),
                none.hugePages(),
                none.network(),
                none.rdma(),
                none.unified());
    }

    @Test
    void theWeightAmongUsersOfDisks(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            GroupResources weight = GroupResources.NONE.withBlockIo(
                    new BlockIo(OptionalInt.of(300), OptionalInt.empty(), List.of(), List.of()));
            String file = Stream.of("blkio.weight", "io.weight", "blkio.bfq.weight", "io.bfq.weight")
                    .filter(name -> has(node, "blkio", name))
                    .findFirst()
                    .orElse("blkio.bfq.weight");
            String expected = file.startsWith("blkio") ? "300" : "default";
            holds(node, "blkio", file, limited(weight), expected, "weights");
        }
    }

    @Test
    void whatADiskMayBeAskedFor(Instance instance) throws IOException {
        Path disk = disk();
        String number = Files.readString(Path.of("/sys/class/block", disk.getFileName() + "", "dev"))
                .strip();
        try (TestNode node = new TestNode(instance).withTiny()) {
            for (ThrottleKind kind : ThrottleKind.values()) {
                boolean bytes = kind.name().contains("BYTES");
                long rate = bytes ? 512 * MEBIBYTE : 100_000;
                boolean read = kind.name().startsWith("READ");
                Samples request = shell("");
                request.jail = Optional.of(JailRequest.of()
                        .diskLimits(List.of(new DiskLimit(disk.toString(), Optional.of(kind), rate)))
                        .build());
                String file = "blkio.throttle." + (read ? "read_" : "write_") + (bytes ? "bps" : "iops") + "_device";
                if (has(node, "blkio", file)) {
                    holds(node, "blkio", file, request, number + " " + rate + "\n", "");
                } else {
                    String key = (read ? "r" : "w") + (bytes ? "bps" : "iops") + "=" + rate;
                    holds(node, "", "io.max", request, key, "io.max");
                }
            }
        }
    }

    /** A weight for one disk takes a scheduler that weighs. */
    @Test
    void aWeightOfOneDiskIsKeptOrRefused(Instance instance) throws IOException {
        Path disk = disk();
        String name = String.valueOf(disk.getFileName());
        String number =
                Files.readString(Path.of("/sys/class/block", name, "dev")).strip();
        boolean weighs = Files.readString(Path.of("/sys/class/block", name, "queue", "scheduler"))
                .contains("[bfq]");
        try (TestNode node = new TestNode(instance).withTiny()) {
            Samples request =
                    shell("cat /sys/fs/cgroup/blkio/blkio.bfq.weight_device /sys/fs/cgroup/io.bfq.weight 2>/dev/null");
            request.jail = Optional.of(JailRequest.of()
                    .diskLimits(List.of(new DiskLimit(disk.toString(), Optional.empty(), 400)))
                    .build());
            if (weighs) {
                assertThat(node.output(request)).contains(number + " ");
            } else {
                assertThatThrownBy(() -> node.start(request))
                        .isInstanceOf(BerthException.class)
                        .hasMessageContaining("block io weight of " + number);
            }
        }
    }

    /** The first that has a device: whole, no part of one. */
    private static Path disk() throws IOException {
        try (Stream<Path> disks = Files.list(Path.of("/sys/block"))) {
            Optional<Path> found = disks.map(folder -> Path.of("/dev", String.valueOf(folder.getFileName())))
                    .filter(Files::exists)
                    .filter(path -> !path.toString().matches("/dev/(loop|ram|zram).*"))
                    .sorted()
                    .findFirst();
            assumeTrue(found.isPresent(), "this machine has no disk");
            return found.orElseThrow();
        }
    }

    private static void holds(
            TestNode node, String controller, String file, Samples request, String expected, String refusal) {
        if (has(node, controller, file)) {
            request.command = shell("cat " + path(controller, file)).command;
            assertThat(node.output(request)).contains(expected);
        } else {
            request.command = Optional.of(List.of("true"));
            assertThatThrownBy(() -> node.start(request))
                    .isInstanceOf(BerthException.class)
                    .hasMessageContaining(refusal);
        }
    }

    /** Whether groups have such a file here. */
    private static boolean has(TestNode node, String controller, String file) {
        return node.output(shell("test -n \"" + path(controller, file) + "\" && echo there"))
                .contains("there");
    }

    /** On v1 and on v2. */
    private static String path(String controller, String file) {
        return "$(ls /sys/fs/cgroup/" + controller + "/" + file + " /sys/fs/cgroup/" + file + " 2>/dev/null)";
    }

    private static GroupResources with(Memory memory) {
        GroupResources none = GroupResources.NONE;
        return new GroupResources(
                none.devices(),
                memory,
                none.processor(),
                none.pids(),
                none.blockIo(),
                none.hugePages(),
                none.network(),
                none.rdma(),
                none.unified());
    }

    private static Samples limited(GroupResources more) {
        return limits(shell(""), more);
    }

    private static Samples limits(Samples request, GroupResources more) {
        request.resources = new Resources(
                OptionalLong.of(64 * MEBIBYTE), OptionalDouble.empty(), OptionalLong.of(50), Optional.of(more));
        return request;
    }
}
