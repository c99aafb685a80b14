package org.berth.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.cgroup.DeviceAccess;
import org.berth.runtime.Capabilities;
import org.berth.runtime.Isolation;
import org.berth.runtime.Isolation.Kind;
import org.berth.runtime.ProcessSpec.Limit;
import org.junit.jupiter.api.Test;

/** What is asked of a jail, in the runtime's words. */
class JailPlanTest {
    private static JailPlan plan(JailRequestBuilder jail) {
        return JailPlan.of(Samples.run("true").jail(jail).build());
    }

    private static void assertRefused(JailRequestBuilder jail, String words) {
        assertThatThrownBy(() -> plan(jail).check())
                .isInstanceOfSatisfying(
                        BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID))
                .hasMessageContaining(words);
    }

    @Test
    void nothingAskedForIsNothingElse() {
        JailPlan plan = JailPlan.of(Samples.run("true").build());
        plan.check();
        assertThat(plan.bounds()).isEmpty();
        assertThat(plan.isolation(Optional.empty(), Optional.empty())).isEmpty();
        assertThat(plan.seccomp()).isEmpty();
        assertThat(plan.capabilities()).isEqualTo(Capabilities.STANDARD);
        assertThat(plan.resources().more()).isEmpty();
        assertThat(JailRequest.STANDARD.unlessStandard()).isEmpty();
    }

    @Test
    void capabilitiesFollowDockersRules() {
        assertThat(plan(JailRequest.of().droppedCapabilities(List.of("chown", "CAP_KILL")))
                        .capabilities()
                        .names())
                .hasSize(12)
                .doesNotContain("CHOWN", "KILL");
        assertThat(plan(JailRequest.of().droppedCapabilities(List.of("ALL")).addedCapabilities(List.of("SYS_TIME")))
                        .capabilities()
                        .names())
                .containsExactly("SYS_TIME");
        assertThat(plan(JailRequest.of().addedCapabilities(List.of("ALL")).droppedCapabilities(List.of("CHOWN")))
                        .capabilities()
                        .names())
                .contains("NET_ADMIN", "KILL")
                .doesNotContain("CHOWN");
    }

    @Test
    void aPrivilegedOneHasNoFilterButItsOwn() {
        JailPlan plan = plan(JailRequest.of().privileged(true));
        assertThat(plan.seccomp()).contains("unconfined");
        assertThat(plan.bounds().orElseThrow().gainsPrivileges()).isTrue();
        assertThat(plan.resources().more().orElseThrow().devices()).contains(List.of(DeviceAccess.all(true)));
        Isolation isolation = plan.isolation(Optional.empty(), Optional.empty()).orElseThrow();
        assertThat(isolation.maskedPaths()).contains(List.of());
        assertThat(isolation.writableSystem()).isTrue();
        assertThat(JailRequest.of().privileged(true).build().needsMachineIds()).isTrue();
        Samples own = Samples.run("true").jail(JailRequest.of().privileged(true));
        own.seccomp = Optional.of("{}");
        assertThat(JailPlan.of(own.build()).seccomp()).contains("{}");
    }

    @Test
    void learningNeedsThatRightsDoNotRise() {
        Samples request = Samples.run("true").jail(JailRequest.of().gainsPrivileges(true));
        request.seccomp = Optional.of("learn");
        assertThat(JailPlan.of(request.build()).bounds()).isEmpty();
    }

    @Test
    void whatIsWrongIsSaidBeforeAnythingIsMade() {
        assertRefused(JailRequest.of().addedCapabilities(List.of("FLY")), "capability FLY does not exist");
        assertRefused(JailRequest.of().deviceRules(List.of("c 1 r")), "invalid device cgroup rule format: 'c 1 r'");
        assertRefused(JailRequest.of().deviceRules(List.of("c 1:1 rr")), "invalid device cgroup rule format");
        assertRefused(
                JailRequest.of().devices(List.of(new JailRequest.Device("/dev/kvm", "/dev/kvm", "rx"))),
                "invalid device mode: rx");
        assertRefused(JailRequest.of().settings(Map.of("kernel.panic", "1")), "sysctl 'kernel.panic' is not allowed");
        assertRefused(JailRequest.of().settings(Map.of("net.../../x", "1")), "is not allowed");
        assertRefused(
                JailRequest.of().settings(Map.of("kernel.sem", "1")).shared(Set.of(Kind.IPC)),
                "its namespace is the machine's");
        assertRefused(JailRequest.of().outOfMemoryScore(OptionalInt.of(1001)), "[-1000, 1000]");
        assertThatThrownBy(() -> new Limit("files", 1, 1)).hasMessageContaining("ulimit files does not exist");
        assertThatThrownBy(() -> new Limit("nofile", 2, 1)).hasMessageContaining("at most the hard limit");
    }

    @Test
    void devicesHaveRulesWithTheStandardOnes() {
        List<DeviceAccess> rules = plan(JailRequest.of()
                        .devices(List.of(new JailRequest.Device("/dev/null", "/dev/other", "r")))
                        .deviceRules(List.of("b 7:* rw")))
                .resources()
                .more()
                .orElseThrow()
                .devices()
                .orElseThrow();
        assertThat(rules)
                .containsAll(DeviceAccess.withStandard(List.of()))
                .contains(new DeviceAccess(true, 'c', 1, 3, "r"), new DeviceAccess(true, 'b', 7, -1, "rw"));
    }
}
