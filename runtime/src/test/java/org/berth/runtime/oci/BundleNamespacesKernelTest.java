package org.berth.runtime.oci;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.berth.base.Instance;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** Goal: each kind of namespace is made or joined, and its settings are its own. */
@KernelTest
class BundleNamespacesKernelTest {
    private static final String MAPS = "[{\"containerID\": 0, \"hostID\": 100000, \"size\": 65536}]";

    private static OciBox withUsers(OciBox box) throws Exception {
        box.namespace("user", "").linux("uidMappings", MAPS).linux("gidMappings", MAPS);
        try (var files = Files.walk(box.root)) {
            for (Path file : files.toList()) {
                Files.setAttribute(file, "unix:uid", 100000, java.nio.file.LinkOption.NOFOLLOW_LINKS);
                Files.setAttribute(file, "unix:gid", 100000, java.nio.file.LinkOption.NOFOLLOW_LINKS);
            }
        }
        return box;
    }

    @Test
    void aUserNamespaceWithItsOwnRange(Instance instance) throws Exception {
        Path secret = instance.root().resolve("secret");
        Files.createDirectories(secret.resolve("open"));
        Files.writeString(secret.resolve("open/file"), "bound");
        secret.toFile().setReadable(false, false);
        secret.toFile().setExecutable(false, false);
        try (OciBox box = withUsers(new OciBox(instance))) {
            box.mount("{\"destination\": \"/bound\", \"source\": \"" + secret + "/open\", \"options\": [\"rbind\"]}");
            box.process("rlimits", "[{\"type\": \"RLIMIT_NOFILE\", \"soft\": 64, \"hard\": 128}]");
            Files.createFile(box.root.resolve("out")).toFile().setWritable(true, false);
            box.process("oomScoreAdj", "300").process("user", "{\"uid\": 5, \"gid\": 6, \"additionalGids\": [7]}");
            String out = box.run(
                    "id -u; cat /proc/self/uid_map; stat -c %u /bin/busybox; stat -c %u /bound/file;"
                            + "cat /bound/file; echo; echo x >/dev/null; stat -c %t:%T /dev/full; ls /sys/class/net;"
                            + "ulimit -n; cat /proc/self/oom_score_adj; grep Groups /proc/self/status; cat /proc/version | wc -l");
            assertThat(out.replaceAll(" +", " "))
                    .isEqualTo("5\n 0 100000 65536\n0\n65534\nbound\n1:7\nlo\n64\n300\nGroups:\t7 \n1"
                            .replace("5\n 0", "5\n 0"));
        } finally {
            secret.toFile().setExecutable(true);
            secret.toFile().setReadable(true);
            Files.delete(secret.resolve("open/file"));
            Files.delete(secret.resolve("open"));
            Files.delete(secret);
        }
    }

    @Test
    void aTimeNamespaceWithItsOffsets(Instance instance) throws Exception {
        for (boolean users : new boolean[] {false, true}) {
            try (OciBox box = users ? withUsers(new OciBox(instance)) : new OciBox(instance)) {
                box.namespace("time", "")
                        .linux(
                                "timeOffsets",
                                "{\"boottime\": {\"secs\": 1000000}, \"monotonic\": {\"secs\": 5, \"nanosecs\": 7}}");
                String out = box.run("cat /proc/self/timens_offsets; cut -d. -f1 /proc/uptime");
                assertThat(out.replaceAll(" +", " ")).contains("monotonic 5 7", "boottime 1000000 0");
                assertThat(Long.parseLong(out.lines().reduce((a, b) -> b).orElseThrow()))
                        .isGreaterThan(1_000_000);
            }
        }
    }

    @Test
    void eachKindIsJoinedByItsPath(Instance instance) throws Exception {
        try (OciBox first = new OciBox(instance, "first")) {
            first.namespace("time", "").arguments("sleep", "100");
            assertThat(first.create()).isEmpty();
            String folder = "/proc/" + first.pid() + "/ns/";
            try (OciBox box = new OciBox(instance, "second")) {
                for (String kind : new String[] {"pid", "network:net", "ipc", "uts", "cgroup", "time"}) {
                    String[] names = kind.split(":");
                    box.namespace(names[0], folder + names[names.length - 1]);
                }
                box.config.remove("hostname");
                box.run("ls -l /proc/self/ns");
                String out = box.output();
                for (String kind : new String[] {"pid", "net", "ipc", "uts", "cgroup", "time"}) {
                    String name = Files.readSymbolicLink(Path.of(folder + kind)).toString();
                    assertThat(out).as(kind).contains(name);
                }
            }
        }
    }

    @Test
    void aUserNamespaceIsJoinedWithWhatItOwns(Instance instance) throws Exception {
        try (OciBox first = withUsers(new OciBox(instance, "first"))) {
            first.arguments("sleep", "100");
            assertThat(first.create()).isEmpty();
            String folder = "/proc/" + first.pid() + "/ns/";
            try (OciBox box = withUsers(new OciBox(instance, "second"))) {
                box.namespace("user", folder + "user").namespace("network", folder + "net");
                box.linux().remove("uidMappings");
                box.linux().remove("gidMappings");
                assertThat(box.run("cut -c1-30 /proc/self/uid_map; readlink -f /bin/sh; ls /sys/class/net"))
                        .contains("100000", "/bin/busybox", "lo");
            }
        }
    }

    @Test
    void settingsOfTheNamespacesAreTheirOwn(Instance instance) {
        String before = OciBox.text(Path.of("/proc/sys/kernel/shmmax"));
        try (OciBox box = new OciBox(instance)) {
            box.linux("sysctl", """
                    {"net.ipv4.ip_unprivileged_port_start": "7", "kernel.shmmax": "4096",
                     "net/ipv4/conf/lo/accept_local": "1", "fs.mqueue.msg_max": "11"}""");
            box.config.put("domainname", "inside");
            String sys = "/proc/sys/";
            assertThat(box.run("cat " + sys + "net/ipv4/ip_unprivileged_port_start " + sys + "kernel/shmmax " + sys
                            + "net/ipv4/conf/lo/accept_local " + sys + "fs/mqueue/msg_max " + sys
                            + "kernel/domainname; ip link show lo | grep -o UP | head -1"))
                    .isEqualTo("7\n4096\n1\n11\ninside\nUP");
        }
        assertThat(OciBox.text(Path.of("/proc/sys/kernel/shmmax"))).isEqualTo(before);
    }

    @Test
    void withoutAMountNamespaceTheRootIsOnlyChanged(Instance instance) {
        try (OciBox box = new OciBox(instance)) {
            box.without("mount").without("pid").without("cgroup").config.remove("mounts");
            box.linux().remove("maskedPaths");
            box.linux().remove("readonlyPaths");
            box.config.putArray("mounts");
            assertThat(box.run("ls / | head -3")).isEqualTo("bin\ndev\netc");
        }
    }
}
