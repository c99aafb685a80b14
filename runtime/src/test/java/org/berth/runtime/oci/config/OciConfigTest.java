package org.berth.runtime.oci.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.runtime.oci.config.Namespace.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Goal: each member of config.json arrives where it belongs, and what is wrong is told by its path. */
class OciConfigTest {
    private static final String MINIMAL = """
            {"ociVersion": "1.2.1", "root": {"path": "rootfs"},
             "process": {"cwd": "/", "args": ["sh"], "user": {"uid": 0, "gid": 0}},
             "linux": {"namespaces": [{"type": "mount"}, {"type": "pid"}]}}""";

    @Test
    void theLeastThatCanRun() {
        OciConfig config = OciConfig.parse(MINIMAL);
        assertThat(config.root()).contains(new OciConfig.Root("rootfs", false));
        assertThat(config.process().orElseThrow().arguments()).containsExactly("sh");
        assertThat(config.linux().makes(Kind.MOUNT)).isTrue();
        assertThat(config.linux().has(Kind.NETWORK)).isFalse();
        assertThat(config.process().orElseThrow().capabilities()).isEqualTo(CapabilitySets.NONE);
        assertThat(Validation.check(config)).isEmpty();
    }

    @Test
    void aProcessWithAllOfIt() {
        OciProcess process = OciConfig.parseProcess("""
                {"terminal": true, "consoleSize": {"height": 24, "width": 80}, "cwd": "/srv",
                 "user": {"uid": 1000, "gid": 1001, "umask": 63, "additionalGids": [5, 6]},
                 "args": ["a", "b"], "env": ["A=b"], "noNewPrivileges": true, "oomScoreAdj": 100,
                 "capabilities": {"bounding": ["CAP_CHOWN", "CAP_NOSUCH"], "ambient": ["CAP_NET_RAW"]},
                 "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 1024, "hard": 18446744073709551615}],
                 "apparmorProfile": "p", "selinuxLabel": "l",
                 "scheduler": {"policy": "SCHED_FIFO", "priority": 3, "flags": ["SCHED_FLAG_RESET_ON_FORK"]},
                 "ioPriority": {"class": "IOPRIO_CLASS_IDLE", "priority": 4},
                 "execCPUAffinity": {"initial": "0-1", "final": "1"}}""".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertThat(process.consoleSize()).contains(new OciProcess.ConsoleSize(24, 80));
        assertThat(process.user()).isEqualTo(new OciProcess.User(1000, 1001, Optional.of(63), List.of(5L, 6L)));
        assertThat(process.capabilities().bounding()).isEqualTo(Set.of(0));
        assertThat(process.capabilities().ambient()).isEqualTo(Set.of(13));
        assertThat(process.limits())
                .containsExactly(new OciProcess.ResourceLimit(OciProcess.LimitType.NOFILE, 1024, -1));
        assertThat(process.ioPriority()).contains(new OciProcess.IoPriority(OciProcess.IoClass.IOPRIO_CLASS_IDLE, 4));
        assertThat(process.cpuAffinity().orElseThrow().last()).contains("1");
        assertThat(Validation.check(process)).containsExactly("ignoring unknown capabilities: CAP_NOSUCH");
    }

    @Test
    void optionsOfAMount() {
        MountOptions options = MountOptions.parse(
                List.of("rbind", "ro", "rw", "rro", "nosuid", "rprivate", "shared", "size=64k", "rnoatime", "ridmap"),
                false);
        assertThat(options.bind()).isTrue();
        assertThat(options.recursive()).isTrue();
        assertThat(options.set()).isEqualTo(MountOptions.NO_SUID);
        assertThat(options.cleared()).isEqualTo(MountOptions.READ_ONLY);
        assertThat(options.recursiveSet()).isEqualTo(MountOptions.READ_ONLY | MountOptions.NO_ACCESS_TIME);
        assertThat(options.propagation()).containsExactly(0x44000L, 0x100000L);
        assertThat(options.data()).containsExactly("size=64k");
        assertThat(options.idMap()).contains(MountOptions.IdMap.RECURSIVE);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "args": "x"                                    | process.args: expected a list, found "x"
            "args": [1]                                    | process.args[0]: expected a text, found 1
            "cwd": "srv"                                   | process.cwd: expected an absolute path, found "srv"
            "user": {"uid": -1}                            | process.user.uid: expected a number from 0 to 4294967294, found -1
            "user": {"uid": 4294967295}                    | process.user.uid: expected a number from 0 to 4294967294, found 4294967295
            "user": {"uid": 1.5}                           | process.user.uid: expected a whole number, found 1.5
            "rlimits": [{"type": "RLIMIT_X", "soft": 1, "hard": 1}] | process.rlimits[0].type: expected one of RLIMIT_CPU
            "rlimits": [{"type": "RLIMIT_CPU", "soft": 2, "hard": 1}] | process.rlimits[0].soft: expected at most the hard limit, 1, found 2
            "oomScoreAdj": 1001                            | process.oomScoreAdj: expected a number from -1000 to 1000
            "ioPriority": {"class": "X"}                   | process.ioPriority.class: expected one of IOPRIO_CLASS_RT
            "execCPUAffinity": {"initial": "3-1"}          | process.execCPUAffinity.initial: expected a list of processors
            """)
    void whatIsWrongOfAProcessIsToldByItsPath(String member, String message) {
        String key = member.substring(0, member.indexOf(':'));
        String rest = key.equals("\"cwd\"") ? "" : ", \"cwd\": \"/\"";
        assertThatThrownBy(() -> OciConfig.parse("{\"ociVersion\": \"1.2.1\", \"process\": {" + member + rest + "}}"))
                .isInstanceOf(BerthException.class)
                .hasMessageStartingWith(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "resources": {"pids": {"limit": "x"}}           | linux.resources.pids.limit: expected a whole number, found "x"
            "namespaces": [{"type": "x"}]                   | linux.namespaces[0].type: expected one of pid, network
            "namespaces": [{"type": "pid"}, {"type": "pid"}] | linux.namespaces[1].type: expected each type once, found a second "pid"
            "namespaces": [{"type": "pid", "path": "x"}]    | linux.namespaces[0].path: expected an absolute path
            "rootfsPropagation": "x"                        | linux.rootfsPropagation: expected one of private, rprivate
            "personality": {"domain": "X"}                  | linux.personality.domain: expected one of LINUX, LINUX32
            "devices": [{"type": "x", "path": "/dev/x"}]    | linux.devices[0].type: expected one of c, u, b, p
            "seccomp": {"defaultAction": "X"}               | linux.seccomp.defaultAction: expected one of SCMP_ACT_KILL
            "seccomp": {"defaultAction": "SCMP_ACT_NOTIFY"} | linux.seccomp.defaultAction: expected another action
            "memoryPolicy": {"mode": "MPOL_BIND"}           | linux.memoryPolicy.nodes: expected nodes with MPOL_BIND
            "timeOffsets": {"x": {}}                        | linux.timeOffsets: expected monotonic or boottime
            "sysctl": {"a": 1}                              | linux.sysctl.a: expected a text, found 1
            """)
    void whatIsWrongOfLinuxIsToldByItsPath(String member, String message) {
        assertThatThrownBy(() -> OciConfig.parse("{\"ociVersion\": \"1.2.1\", \"linux\": {" + member + "}}"))
                .isInstanceOf(BerthException.class)
                .hasMessageStartingWith(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "namespaces": [], "sysctl": {"net.ipv4.ip_forward": "1"} | linux.sysctl.net.ipv4.ip_forward: sysctl is not in a separate
            "namespaces": [], "sysctl": {"kernel.core_pattern": "1"} | linux.sysctl.kernel.core_pattern: sysctl is not in a separate
            "namespaces": [{"type": "network"}], "sysctl": {"net.../kernel/x": "1"} | linux.sysctl.net.../kernel/x: expected the name
            "namespaces": [], "maskedPaths": ["/proc/kcore"] | linux.maskedPaths: unable to restrict sys entries
            "namespaces": [], "uidMappings": [{"size": 1}]  | linux.uidMappings: user namespace mappings specified
            "namespaces": [{"type": "user"}]                | linux.uidMappings: expected uidMappings and gidMappings
            "timeOffsets": {"monotonic": {"secs": 1}}       | linux.timeOffsets: time namespace offsets specified
            "intelRdt": {}                                  | linux.intelRdt: not supported
            "netDevices": {"eth0": {}}                      | linux.netDevices: unable to move network devices
            """)
    void whatContradictsItselfIsRefused(String members, String message) {
        OciConfig config = OciConfig.parse(
                "{\"ociVersion\": \"1.2.1\", \"root\": {\"path\": \"r\"}, \"linux\": {" + members + "}}");
        assertThatThrownBy(() -> Validation.check(config))
                .isInstanceOf(BerthException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void aHostNameNeedsItsNamespace() {
        OciConfig config = OciConfig.parse(MINIMAL.replace("\"root\"", "\"hostname\": \"x\", \"root\""));
        assertThatThrownBy(() -> Validation.check(config))
                .hasMessage("hostname: unable to set hostname without a private UTS namespace");
    }

    @Test
    void whatIsNoJsonIsToldByItsPlace() {
        assertThatThrownBy(() -> OciConfig.parse("{\n  \"ociVersion\": x}"))
                .isInstanceOf(BerthException.class)
                .hasMessageStartingWith("not JSON: ")
                .hasMessageContaining("line 2");
    }

    @Test
    void sysctlsHaveTwoWaysToBeWritten() {
        assertThat(Validation.sysctlFile("net.ipv4.ip_forward")).isEqualTo("net/ipv4/ip_forward");
        assertThat(Validation.sysctlFile("net/ipv4/conf/eth0.1/mtu")).isEqualTo("net/ipv4/conf/eth0.1/mtu");
    }
}
