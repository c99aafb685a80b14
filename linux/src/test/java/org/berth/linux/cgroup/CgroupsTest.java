package org.berth.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.berth.base.Instance;
import org.berth.linux.SystemCallException;
import org.berth.testing.Await;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@KernelTest
class CgroupsTest {
    private static final CgroupLimits LIMITS = new CgroupLimits(
            OptionalLong.of(64 << 20),
            OptionalDouble.of(0.5),
            OptionalLong.empty(),
            OptionalLong.of(20),
            DeviceRule.STANDARD);

    private final List<Cgroups> opened = new ArrayList<>();

    @Test
    void groupHoldsItsProcessesAndEndsThem(Instance instance) throws Exception {
        Cgroups cgroups = opened(Cgroups.of(instance));
        Cgroup group = cgroups.create("one", LIMITS);
        Process process = start(group, "sleep 1000 & sleep 1000");
        try {
            assertThat(process.getInputStream().read()).isEqualTo('j');
            // The shell says its letter before it forks.
            Await.until(
                    "the shell and both its children are in the group",
                    Duration.ofSeconds(10),
                    () -> group.processes().size() == 3);
            assertThat(group.processes()).contains(process.pid());
            assertThat(Files.readString(Path.of("/proc/" + process.pid() + "/cgroup"))
                            .lines())
                    .allMatch(line -> line.endsWith("/berth-" + instance.tag() + "/one"));
            assertThat(group.usage())
                    .returns(64L << 20, CgroupUsage::memoryLimitBytes)
                    .returns(0L, CgroupUsage::outOfMemoryKills)
                    .matches(usage -> usage.pids() >= 2)
                    .matches(usage -> usage.memoryBytes() > 0)
                    .matches(usage -> usage.cpuNanos() > 0);

            group.freeze(true);
            assertThat(group.frozen()).isTrue();
            group.killAll();
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(128 + 9);
            assertThat(group.processes()).isEmpty();
        } finally {
            group.killAll();
            cgroups.delete(group);
            cgroups.delete(group);
        }
        assertThat(cgroups.find("one")).isEmpty();
    }

    @Test
    void killsWithoutTheUnifiedHierarchyToo(Instance instance) throws Exception {
        List<CgroupLayout.Hierarchy> legacy = CgroupLayout.discover().hierarchies().stream()
                .filter(hierarchy -> !hierarchy.unified())
                .toList();
        org.junit.jupiter.api.Assumptions.assumeFalse(legacy.isEmpty(), "the machine has no v1 hierarchies");
        Cgroups cgroups = opened(new Cgroups(new CgroupLayout(legacy), "berth-" + instance.tag()));
        Cgroup group = cgroups.create("one", LIMITS);
        Process process = start(group, "sleep 1000 & sleep 1000 & sleep 1000");
        try {
            assertThat(process.getInputStream().read()).isEqualTo('j');
            group.freeze(true);
            group.killAll();
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        } finally {
            group.killAll();
            cgroups.delete(group);
        }
    }

    @Test
    void memoryBeyondTheLimitIsKilledAndCounted(Instance instance) throws Exception {
        Cgroups cgroups = opened(Cgroups.of(instance));
        Cgroup group = cgroups.create("one", LIMITS);
        Process process = start(group, "exec tail /dev/zero");
        try {
            assertThat(process.getInputStream().read()).isEqualTo('j');
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(128 + 9);
            assertThat(group.usage().outOfMemoryKills()).isEqualTo(1);
        } finally {
            group.killAll();
            cgroups.delete(group);
        }
    }

    @Test
    void limitsAreUpdatedUpAndDownAndTakenAway(Instance instance) {
        Cgroups cgroups = opened(Cgroups.of(instance));
        Cgroup group = cgroups.create("one", LIMITS);
        try {
            for (long bytes : List.of(128L << 20, 32L << 20)) {
                group.update(new CgroupLimits(
                        OptionalLong.of(bytes),
                        OptionalDouble.empty(),
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        List.of()));
                assertThat(group.usage().memoryLimitBytes()).isEqualTo(bytes);
            }
            group.update(CgroupLimits.none());
            assertThat(group.usage().memoryLimitBytes()).isEqualTo(Long.MAX_VALUE);
        } finally {
            cgroups.delete(group);
        }
    }

    @Test
    void devicesNotOnTheListAreRefused(Instance instance) throws Exception {
        Cgroups cgroups = opened(Cgroups.of(instance));
        Cgroup group = cgroups.create("one", CgroupLimits.none());
        try {
            assertThat(output(group, "cat /dev/null && echo null; cat /dev/kmsg || echo refused"))
                    .contains("null")
                    .contains("Operation not permitted")
                    .contains("refused");
        } finally {
            group.killAll();
            cgroups.delete(group);
        }
    }

    @Test
    void deviceProgramRefusesOnTheUnifiedHierarchy(Instance instance) throws Exception {
        CgroupLayout.Hierarchy unified = CgroupLayout.discover().unified().orElseThrow();
        Cgroups cgroups = opened(new Cgroups(new CgroupLayout(List.of(unified)), "berth-" + instance.tag()));
        Cgroup group = cgroups.create("one", CgroupLimits.none());
        try {
            assertThat(output(group, "cat /dev/null && head -c 1 /dev/zero | wc -c; cat /dev/kmsg || echo refused"))
                    .startsWith("j1")
                    .contains("Operation not permitted")
                    .contains("refused");
            assertThat(output(
                            group,
                            "mknod -m 600 " + instance.root() + "-disk b 254 0; cat " + instance.root()
                                    + "-disk || echo refused; rm " + instance.root() + "-disk"))
                    .contains("Operation not permitted")
                    .contains("refused");
        } finally {
            group.killAll();
            cgroups.delete(group);
        }
    }

    @Test
    void parentStaysUntilItIsClosed(Instance instance) {
        Cgroups cgroups = opened(Cgroups.of(instance));
        Cgroup one = cgroups.create("one", CgroupLimits.none());
        assertThat(cgroups.monitors().folders()).allMatch(Files::isDirectory);
        cgroups.delete(one);
        cgroups.delete(one);
        assertThat(one.folders()).allMatch(folder -> Files.exists(folder.resolveSibling(".")));
        Cgroup two = cgroups.create("two", CgroupLimits.none());
        cgroups.close();
        assertThat(cgroups.find("two")).isPresent();
        cgroups.delete(two);
        cgroups.close();
        assertThat(two.folders()).noneMatch(folder -> Files.exists(folder.resolveSibling(".")));
    }

    @Test
    void parentThatSomebodyRemovedIsMadeAgain(Instance instance) {
        Cgroups cgroups = opened(Cgroups.of(instance));
        cgroups.delete(cgroups.create("one", CgroupLimits.none()));
        opened(Cgroups.of(instance)).close();
        Cgroup two = cgroups.create("two", CgroupLimits.none());
        assertThat(two.folders()).allMatch(Files::isDirectory);
        cgroups.delete(two);
    }

    @Test
    void failedGroupLeavesNothing(Instance instance) {
        Cgroups cgroups = opened(Cgroups.of(instance));
        CgroupLimits wrong = new CgroupLimits(
                OptionalLong.empty(),
                OptionalDouble.empty(),
                OptionalLong.empty(),
                OptionalLong.of(Long.MAX_VALUE),
                List.of());
        assertThatThrownBy(() -> cgroups.create("one", wrong))
                .isInstanceOf(SystemCallException.class)
                .hasMessageContaining("pids.max");
        assertThat(cgroups.find("one")).isEmpty();
        assertThatThrownBy(() -> cgroups.create("../up", CgroupLimits.none())).hasMessageContaining("'../up'");
    }

    private Cgroups opened(Cgroups cgroups) {
        opened.add(cgroups);
        return cgroups;
    }

    @AfterEach
    void removeTheParent() {
        opened.forEach(Cgroups::close);
    }

    private static String output(Cgroup group, String script) throws IOException {
        return new String(
                start(group, script).getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    }

    /** Starts a shell that joins the group, says "j" and goes on with the script. */
    private static Process start(Cgroup group, String script) throws IOException {
        StringBuilder joins = new StringBuilder();
        for (Path file : group.processFiles()) {
            joins.append("echo 0 > '").append(file).append("' && ");
        }
        return new ProcessBuilder("sh", "-c", joins + "printf j && { " + script + " ; }")
                .redirectErrorStream(true)
                .start();
    }
}
