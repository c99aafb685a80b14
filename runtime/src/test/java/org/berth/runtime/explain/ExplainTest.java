package org.berth.runtime.explain;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kernel files as they are, turned into words. */
class ExplainTest {
    @Test
    void mountsAreToldWithTypeAndOptions() {
        String mountinfo = "74 42 0:45 / / rw,relatime - overlay overlay rw,lowerdir+=/proc/self/fd/200\n"
                + "43 64 0:41 /null /proc/keys rw,nosuid,relatime - tmpfs tmpfs rw,size=65536k\n";
        assertThat(Mounts.root(mountinfo, List.of("/u", "/l")))
                .containsExactly("/  overlay (rw,relatime)", "written to: /u", "layer 1: /l");
        assertThat(Mounts.others(mountinfo)).containsExactly("/proc/keys  tmpfs (rw,nosuid,relatime), shows /null");
    }

    @Test
    void rightsAreNamed() {
        String status =
                "Name:\tsh\nUid:\t1000\t1000\t1000\t1000\nGid:\t5\t5\t5\t5\nGroups:\t\nCapInh:\t0000000000000000\n"
                        + "CapPrm:\t0000000000000401\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000001\n"
                        + "CapAmb:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t1\n";
        assertThat(Rights.identity(status, ""))
                .containsExactly("user: 1000", "group: 5", "additional groups: none", "gains no new privileges: yes");
        assertThat(Rights.capabilities(status))
                .contains("permitted: CAP_CHOWN CAP_NET_BIND_SERVICE", "effective: none", "bounding: CAP_CHOWN");
        assertThat(Rights.filter(status)).containsExactly("system calls are filtered, filters loaded: 1");
    }

    @Test
    void whoRulesTheMachineIsWarnedOf() {
        String same = "         0          0 4294967295\n";
        String own = "         0  591724544      65536\n";
        String all = "CapBnd:\t000001ffffffffff\nSeccomp:\t0\n";
        assertThat(Rights.warnings(all, same))
                .containsExactly("privileged: whoever rules this container rules this machine");
        assertThat(Rights.warnings(all.replace("Seccomp:\t0", "Seccomp:\t2"), same))
                .containsExactly("it may administer this machine (CAP_SYS_ADMIN, with the machine's user ids)");
        assertThat(Rights.warnings(all, own)).isEmpty();
        assertThat(Rights.warnings("CapBnd:\t00000000a80425fb\nSeccomp:\t2\n", same))
                .isEmpty();
    }

    @Test
    void idsAreToldFromBothSides() {
        String map = "         0  591724544      65536\n";
        assertThat(Rights.ids(map)).containsExactly("0 to 65535 are 591724544 to 591790079 of this machine");
        String status = "Uid:\t591724544\t1\t1\t1\nGid:\t591724577\t1\t1\t1\nGroups:\t591724588 7 \nNoNewPrivs:\t1\n";
        assertThat(Rights.identity(status, map))
                .containsExactly(
                        "user: 0 (591724544 of this machine)",
                        "group: 33 (591724577 of this machine)",
                        "additional groups: 44 (591724588 of this machine) 7",
                        "gains no new privileges: yes");
        String same = "         0          0 4294967295\n";
        assertThat(Rights.ids(same)).containsExactly("those of this machine: its root is the machine's");
        assertThat(Rights.identity("Uid:\t0\t0\nGid:\t0\nGroups:\t0 1\n", same))
                .startsWith("user: 0", "group: 0", "additional groups: 0 1");
    }

    @Test
    void routesAndAddressesAreReadable() {
        String route = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
                + "eth0\t00000000\t0103D20A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
                + "eth0\t0003D20A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
        assertThat(Interfaces.routes(route))
                .containsExactly("0.0.0.0/0 by 10.210.3.1 on eth0", "10.210.3.0/24 on eth0");
        String trie = "Local:\n  +-- 0.0.0.0/0 2 0 2\n     |-- 10.210.3.7\n        /32 host LOCAL\n     |-- 127.0.0.1\n"
                + "        /32 host LOCAL\n     |-- 10.210.3.255\n        /32 link BROADCAST\n";
        assertThat(Interfaces.addresses(trie)).containsExactly("10.210.3.7", "127.0.0.1");
    }

    @Test
    void limitsAreToldForBothVersions(@TempDir Path folder) throws Exception {
        Path legacy = Files.createDirectories(folder.resolve("v1"));
        Files.writeString(legacy.resolve("memory.usage_in_bytes"), "1048576\n");
        Files.writeString(legacy.resolve("memory.limit_in_bytes"), "9223372036854771712\n");
        Files.writeString(legacy.resolve("cpu.cfs_quota_us"), "150000\n");
        Files.writeString(legacy.resolve("cpu.cfs_period_us"), "100000\n");
        assertThat(Limits.describe(List.of(legacy)))
                .containsExactly(
                        "memory: 1.0 MiB of any",
                        "processors: 1.50 (150000 us of each 100000 us)",
                        "cgroup: " + legacy);
        Path unified = Files.createDirectories(folder.resolve("v2"));
        Files.writeString(unified.resolve("memory.current"), "1048576\n");
        Files.writeString(unified.resolve("memory.max"), "2097152\n");
        Files.writeString(unified.resolve("cpu.max"), "max 100000\n");
        Files.writeString(unified.resolve("pids.current"), "3\n");
        Files.writeString(unified.resolve("pids.max"), "100\n");
        assertThat(Limits.describe(List.of(unified)))
                .containsExactly(
                        "memory: 1.0 MiB of 2.0 MiB",
                        "processors: any",
                        "processes and threads: 3 of 100",
                        "cgroup: " + unified);
    }
}
