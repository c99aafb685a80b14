package org.berth.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.berth.base.BerthException;
import org.berth.base.Instance;
import org.berth.linux.cgroup.GroupDriver.Tolerance;
import org.berth.linux.cgroup.GroupResources.BlockIo;
import org.berth.linux.cgroup.GroupResources.Memory;
import org.berth.linux.cgroup.GroupResources.Throttle;
import org.berth.linux.cgroup.GroupResources.ThrottleKind;
import org.berth.testing.Await;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The kernel takes the plans, as far as the machine at hand has what they set. */
@KernelTest
class ContainerGroupTest {
    private static final Duration DEADLINE = Duration.ofSeconds(10);

    private final CgroupLayout layout = CgroupLayout.discover();
    private final GroupDriver driver = GroupDriver.folders(layout, Tolerance.NONE);
    private Optional<ContainerGroup> parent = Optional.empty();
    private String tag = "";

    @BeforeEach
    void nameTheParent(Instance instance) {
        tag = "berth-" + instance.tag();
        parent = Optional.of(ContainerGroup.open(
                layout,
                layout.hierarchies().stream()
                        .map(hierarchy -> hierarchy.folder().resolve(tag))
                        .toList()));
    }

    @AfterEach
    void removeTheParent() {
        parent.orElseThrow().killAll();
        parent.orElseThrow().delete();
        assertThat(parent.orElseThrow().exists()).isFalse();
    }

    @Test
    void limitsAreHeldUpdatedAndToldOf() throws Exception {
        ContainerGroup group = create("/deep/one", GroupResourcesExample.memory(64 << 20, 96 << 20));
        assertThat(group.folders()).allMatch(Files::isDirectory);
        for (long bytes : List.of(256L << 20, 32L << 20, 64L << 20)) {
            group.update(GroupResourcesExample.memory(bytes, bytes));
            assertThat(group.statistics().memory().usage().limit()).isEqualTo(bytes);
        }
        group.update(GroupResourcesExample.memory(-1, 0));
        assertThat(group.statistics().memory().usage().limit()).isEqualTo(Long.MAX_VALUE);
        group.update(GroupResourcesExample.with(GroupResourcesExample.processor(20_000, 40_000, 10_000)));
        // the burst must leave before the quota below it comes
        group.update(GroupResourcesExample.with(GroupResourcesExample.processor(5_000, 10_000, 1_000)));
        group.update(GroupResourcesExample.with(GroupResourcesExample.processor(-1, 100_000, 0)));
        Process process = start(group, "sleep 1000 & sleep 1000");
        assertThat(process.getInputStream().read()).isEqualTo('j');
        Await.until("all three joined", DEADLINE, () -> group.processes().size() == 3);
        GroupStatistics statistics = group.statistics();
        assertThat(statistics.processor().total()).isPositive();
        assertThat(statistics.memory().usage().usage()).isPositive();
        assertThat(statistics.memory().raw()).containsKey("pgfault");
        assertThat(statistics.pids().current()).isEqualTo(3);
        group.killAll();
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        group.delete();
        group.delete();
        assertThat(group.exists()).isFalse();
        assertThat(group.statistics().memory().usage().usage()).isZero();
    }

    @Test
    void groupsBelowAreFrozenSignalledAndKilledToo() throws Exception {
        ContainerGroup group = create("/one", GroupResources.NONE);
        ContainerGroup below = create("/one/below", GroupResources.NONE);
        Process process = start(below, "trap 'echo t; exit 3' TERM; echo r; while :; do sleep 0.01; done");
        assertThat(process.getInputStream().read()).isEqualTo('j');
        assertThat(process.getInputStream().read()).isEqualTo('r');
        assertThat(group.processes()).contains(process.pid());
        group.freeze(true);
        assertThat(group.frozen()).isTrue();
        assertThat(state(process)).isIn("D", "S");
        group.freeze(false);
        assertThat(group.frozen()).isFalse();
        group.signalAll(15);
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(3);
        Process second = start(below, "sleep 1000");
        assertThat(second.getInputStream().read()).isEqualTo('j');
        group.freeze(true);
        group.killAll();
        assertThat(second.waitFor(10, TimeUnit.SECONDS)).isTrue();
        group.freeze(false);
        group.delete();
        assertThat(below.exists()).isFalse();
    }

    @Test
    void processesThatForkAllTheTimeAreKilledWithoutTheUnifiedHierarchy() throws Exception {
        CgroupLayout legacy = new CgroupLayout(layout.hierarchies().stream()
                .filter(hierarchy -> !hierarchy.unified())
                .toList());
        assumeTrue(!legacy.hierarchies().isEmpty(), "the machine has no v1 hierarchies");
        ContainerGroup group = GroupDriver.folders(legacy, Tolerance.NONE)
                .create(new GroupPath.Absolute(tag + "/forks"), GroupResources.NONE);
        Process process = start(group, "while :; do sh -c 'sleep 0.01 & sleep 0.01' & sleep 0.005; done");
        assertThat(process.getInputStream().read()).isEqualTo('j');
        group.killAll();
        assertThat(group.processes()).isEmpty();
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        group.delete();
    }

    @Test
    void whatTheKernelLacksIsRefusedByNameAndNothingIsLeft() {
        GroupResources pages = GroupResourcesExample.hugePages("3MB", 3 << 20);
        assertThatThrownBy(() -> create("/one", pages))
                .isInstanceOf(BerthException.class)
                .hasMessageContaining("huge page limit of 3MB")
                .hasMessageContaining("hugetlb.3MB");
        assertThat(parent.orElseThrow().exists()).isFalse();
        if (layout.mode() != CgroupLayout.Mode.UNIFIED) {
            GroupResources weight = GroupResourcesExample.with(
                    new BlockIo(OptionalInt.empty(), OptionalInt.of(100), List.of(), List.of()));
            assertThatThrownBy(() -> create("/one", weight))
                    .hasMessageContaining("block io leaf weight: this kernel's block scheduler has no such weights")
                    .hasMessageContaining("blkio.leaf_weight is missing");
            assertThatThrownBy(() -> create("/one", GroupResourcesExample.unified(Map.of("memory.high", "1"))))
                    .hasMessageContaining("cgroup v1");
            assertThat(parent.orElseThrow().exists()).isFalse();
        }
    }

    @Test
    void hugePagesOfASizeTheKernelHas() {
        assumeTrue(Files.isDirectory(Path.of("/sys/kernel/mm/hugepages/hugepages-2048kB")), "no pages of 2 MB");
        ContainerGroup group = create("/one", GroupResourcesExample.hugePages("2MB", 4 << 20));
        assertThat(group.statistics().hugePages().get("2MB"))
                .isNotNull()
                .returns(4L << 20, GroupStatistics.Amount::limit);
    }

    @Test
    void groupWithProcessesIsNotTakenTwice() throws Exception {
        ContainerGroup group = create("/one", GroupResources.NONE);
        Process process = start(group, "sleep 1000");
        assertThat(process.getInputStream().read()).isEqualTo('j');
        assertThatThrownBy(() -> create("/one", GroupResources.NONE))
                .isInstanceOf(BerthException.class)
                .hasMessageContaining("has processes already");
        assertThat(group.processes()).contains(process.pid());
        group.killAll();
        create("/one", GroupResources.NONE);
        group.freeze(true);
        assertThatThrownBy(() -> create("/one", GroupResources.NONE)).hasMessageContaining("is frozen");
        group.freeze(false);
    }

    @Test
    void memoryBelowWhatIsUsedIsRefusedWhenAsked() throws Exception {
        ContainerGroup group = create("/one", GroupResources.NONE);
        Process process = start(group, "sleep 1000");
        assertThat(process.getInputStream().read()).isEqualTo('j');
        Memory none = Memory.NONE;
        GroupResources little = GroupResourcesExample.with(new Memory(
                OptionalLong.of(4096),
                none.reservation(),
                none.swap(),
                none.kernel(),
                none.kernelTcp(),
                none.swappiness(),
                none.useHierarchy(),
                none.useHierarchy(),
                true));
        assertThatThrownBy(() -> group.update(little))
                .isInstanceOf(BerthException.class)
                .hasMessageContaining("memory limit 4096")
                .hasMessageContaining("bytes are in use");
    }

    @Test
    void memoryThatIsOutIsToldOf() throws Exception {
        ContainerGroup group = create("/one", GroupResourcesExample.memory(16 << 20, 16 << 20));
        try (MemoryEvents events = group.watchMemory()) {
            Process process = start(group, "exec tail /dev/zero");
            assertThat(process.getInputStream().read()).isEqualTo('j');
            long[] told = {0};
            Await.until("an event", Duration.ofSeconds(60), () -> (told[0] += events.await(DEADLINE)) > 0);
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(group.statistics().memory().outOfMemoryKills()).isPositive();
        }
    }

    @Test
    void devicesAreReplacedOnAnUpdate() throws Exception {
        for (CgroupLayout each : List.of(layout, onlyUnified())) {
            ContainerGroup group = GroupDriver.folders(each, Tolerance.NONE)
                    .create(new GroupPath.Absolute(tag + "/devices"), GroupResources.NONE);
            String script = "head -c 1 /dev/zero | wc -c; (exec 3< /dev/kmsg) && echo got; :";
            assertThat(output(group, script))
                    .contains("1")
                    .contains("not permitted")
                    .doesNotContain("got");
            group.update(
                    GroupResourcesExample.devices(DeviceAccess.all(true), new DeviceAccess(false, 'c', 1, 5, "r")));
            assertThat(output(group, script)).contains("got").contains("/dev/zero");
            group.update(GroupResourcesExample.devices(DeviceAccess.all(false)));
            assertThat(output(group, script + " < /dev/tty")).doesNotContain("got");
            group.delete();
        }
    }

    @Test
    void disksAreThrottledWhereThereIsOne() throws IOException {
        Optional<String> disk = disk();
        assumeTrue(disk.isPresent(), "the machine has no disk");
        String[] number = disk.get().split(":");
        ContainerGroup group = create(
                "/one",
                GroupResourcesExample.with(new BlockIo(
                        OptionalInt.empty(),
                        OptionalInt.empty(),
                        List.of(),
                        List.of(new Throttle(
                                ThrottleKind.READ_BYTES_PER_SECOND,
                                Long.parseLong(number[0]),
                                Long.parseLong(number[1]),
                                1 << 20)))));
        Optional<Path> legacy = group.places().legacy("blkio");
        if (legacy.isPresent()) {
            assertThat(legacy.get().resolve("blkio.throttle.read_bps_device")).hasContent(disk.get() + " 1048576\n");
        }
    }

    @Test
    void delegatedGroupIsTheUsers() throws IOException {
        ContainerGroup group = create("/one", GroupResources.NONE);
        group.delegate(12_345, 12_346);
        Path folder = group.places().unified().orElseThrow();
        for (String file : List.of(".", "cgroup.procs", "cgroup.threads", "cgroup.subtree_control")) {
            assertThat(Files.getAttribute(folder.resolve(file), "unix:uid")).isEqualTo(12_345);
        }
        assertThat(Files.getAttribute(folder.resolve("cgroup.freeze"), "unix:uid"))
                .isEqualTo(0);
    }

    private CgroupLayout onlyUnified() {
        return new CgroupLayout(List.of(layout.unified().orElseThrow()));
    }

    private ContainerGroup create(String below, GroupResources resources) {
        return driver.create(new GroupPath.Absolute(tag + below), resources);
    }

    private static Optional<String> disk() throws IOException {
        Path blocks = Path.of("/sys/block");
        try (var names = Files.list(blocks)) {
            for (Path block : names.toList()) {
                if (Files.exists(block.resolve("device"))) {
                    return Optional.of(Files.readString(block.resolve("dev")).strip());
                }
            }
        }
        return Optional.empty();
    }

    private static String state(Process process) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
        return stat.substring(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
    }

    private static String output(ContainerGroup group, String script) throws IOException {
        return new String(
                start(group, script).getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    }

    /** Starts a shell that joins the group, says "j" and goes on with the script. */
    private static Process start(ContainerGroup group, String script) throws IOException {
        StringBuilder joins = new StringBuilder();
        for (Path folder : group.folders()) {
            joins.append("echo 0 > '").append(folder).append("/cgroup.procs' && ");
        }
        return new ProcessBuilder("sh", "-c", joins + "printf j && { " + script + " ; }")
                .redirectErrorStream(true)
                .start();
    }
}
