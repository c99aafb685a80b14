package org.berth.runtime.seccomp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.linux.seccomp.Action;
import org.berth.linux.seccomp.Architecture;
import org.berth.linux.seccomp.Condition;
import org.berth.linux.seccomp.Condition.Comparison;
import org.berth.linux.seccomp.FilterFlag;
import org.berth.linux.seccomp.FilterRules;
import org.berth.linux.seccomp.FilterRules.Rule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DockerProfileTest {
    private static final String PROFILE = """
            {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38,
             "archMap": [
               {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]},
               {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]},
               {"architecture": "SCMP_ARCH_RISCV64", "subArchitectures": null}],
             "flags": ["SECCOMP_FILTER_FLAG_LOG"],
             "syscalls": [
               {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW", "args": null, "comment": ""},
               {"name": "chmod", "action": "SCMP_ACT_ERRNO", "errno": "EPERM"},
               {"names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "4.8"}},
               {"names": ["future"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "6.19"}},
               {"names": ["old"], "action": "SCMP_ACT_ALLOW", "excludes": {"minKernel": "4.8"}},
               {"names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
               {"names": ["chroot"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_CHROOT"]}},
               {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38,
                "excludes": {"caps": ["CAP_SYS_CHROOT"]}},
               {"names": ["breakpoint"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["arm", "arm64"]}},
               {"names": ["arch_prctl"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["amd64", "x32"]}},
               {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "excludes": {"arches": ["s390"]},
                "args": [{"index": 0, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]},
               {"names": ["personality"], "action": "SCMP_ACT_TRACE", "errnoRet": 9,
                "args": [{"index": 5, "value": 18446744073709551615, "op": "SCMP_CMP_NE"}]}]}
            """;

    @Test
    void rulesThatCountHere() {
        FilterRules rules = new DockerProfile(Set.of("SYS_CHROOT"), "6.18.44-x").read(PROFILE);
        Action allow = new Action.Allow();
        assertThat(rules.otherwise()).isEqualTo(new Action.Refuse(38));
        assertThat(rules.architectures()).containsExactlyInAnyOrder(Architecture.X86, Architecture.X32);
        assertThat(rules.flags()).containsExactly(FilterFlag.LOG);
        assertThat(rules.rules())
                .containsExactly(
                        new Rule(List.of("read", "write"), allow, List.of()),
                        new Rule(List.of("chmod"), new Action.Refuse(1), List.of()),
                        new Rule(List.of("ptrace"), allow, List.of()),
                        new Rule(List.of("chroot"), allow, List.of()),
                        new Rule(List.of("arch_prctl"), allow, List.of()),
                        new Rule(
                                List.of("clone"),
                                allow,
                                List.of(new Condition(0, Comparison.MASKED_EQUAL, 0x7e020000, 0))),
                        new Rule(
                                List.of("personality"),
                                new Action.Trace(9),
                                List.of(new Condition(5, Comparison.NOT_EQUAL, -1, 0))));
    }

    @Test
    void kernelsAreComparedByNumber() {
        assertThat(new DockerProfile(Set.of(), "6.20.0").read(PROFILE).rules())
                .anyMatch(rule -> rule.names().contains("future"));
        assertThat(new DockerProfile(Set.of(), "4.7").read(PROFILE).rules())
                .anyMatch(rule -> rule.names().contains("old"))
                .noneMatch(rule -> rule.names().contains("ptrace"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{|is no JSON",
                "[]|expected an object with defaultAction",
                "{\"defaultAction\":\"ALLOW\"}|defaultAction: expected one of [SCMP_ACT_KILL",
                "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":\"x\"}|defaultErrnoRet",
                "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":{}}|syscalls: expected a list",
                "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"action\":\"SCMP_ACT_LOG\"}]}|syscalls[0].names",
                "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[1],\"action\":\"SCMP_ACT_LOG\"}]}|texts",
                "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"X\"]}|is not known"
            })
    void errorsNameThePlace(String profile, String message) {
        assertThatThrownBy(() -> new DockerProfile(Set.of(), "6.1").read(profile))
                .isInstanceOf(BerthException.class)
                .hasMessageContaining(message);
    }
}
