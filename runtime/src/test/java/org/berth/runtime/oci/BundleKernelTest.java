package org.berth.runtime.oci;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.berth.base.Instance;
import org.berth.linux.Descriptor;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.runtime.oci.plan.BundleDescriptors;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** Goal: each part of a process has its effect. Method: bundles of busybox that look around themselves. */
@KernelTest
class BundleKernelTest {
    @Test
    void aPlainBundleRuns(Instance instance) {
        try (OciBox box = new OciBox(instance)) {
            String out = box.run("id -u; hostname; echo $$; ls /; cat /proc/self/cgroup | cut -d: -f3 | sort -u");
            assertThat(out).startsWith("0\nbox\n1\nbin\ndev\n");
            assertThat(box.said).containsExactly("NAMESPACES", "MOUNTED", "READY");
        }
    }

    @Test
    void nothingOfTheRuntimeIsOpen(Instance instance) {
        try (OciBox box = new OciBox(instance)) {
            assertThat(box.run("ls /proc/1/fd; true")).isEqualTo("0\n1\n2");
        }
    }

    @Test
    void theDevicesAndLinksOfEveryContainer(Instance instance) {
        try (OciBox box = new OciBox(instance)) {
            box.linux("devices", """
                    [{"type": "c", "path": "/dev/tst", "major": 1, "minor": 5, "fileMode": 416, "uid": 3, "gid": 4},
                     {"type": "p", "path": "/dev/deep/pipe"}]""");
            String out = box.run("cd /dev; stat -c '%n %a %t:%T' null zero full random urandom tty;"
                    + "stat -c '%a %u %g' tst; test -p deep/pipe && echo pipe; for i in fd stdin stdout stderr core ptmx; do readlink $i; done;"
                    + "head -c 3 /dev/zero | wc -c");
            assertThat(out.lines())
                    .containsExactly(
                            "null 666 1:3",
                            "zero 666 1:5",
                            "full 666 1:7",
                            "random 666 1:8",
                            "urandom 666 1:9",
                            "tty 666 5:0",
                            "640 3 4",
                            "pipe",
                            "/proc/self/fd",
                            "/proc/self/fd/0",
                            "/proc/self/fd/1",
                            "/proc/self/fd/2",
                            "/proc/kcore",
                            "pts/ptmx",
                            "3");
        }
    }

    @Test
    void maskedAndReadOnlyPaths(Instance instance) {
        try (OciBox box = new OciBox(instance)) {
            box.linux("maskedPaths", "[\"/proc/version\", \"/proc/nosuch\", \"/sys/firmware\"]");
            String out = box.run("cat /proc/version | wc -c; ls /sys/firmware | wc -l; touch /sys/firmware/x;"
                    + "echo 1 >/proc/sys/kernel/printk");
            assertThat(out)
                    .startsWith("0\n0\n")
                    .contains("touch: /sys/firmware/x: Read-only file system")
                    .contains("/proc/sys/kernel/printk: Read-only file system");
        }
    }

    @Test
    void theUserItsGroupsAndItsMask(Instance instance) throws Exception {
        try (OciBox box = new OciBox(instance)) {
            box.process("user", "{\"uid\": 1000, \"gid\": 1001, \"umask\": 63, \"additionalGids\": [5, 6]}");
            Files.writeString(box.root.resolve("etc/passwd"), "me:x:1000:1001::/home/me:/bin/sh\n");
            writable(box);
            String out = box.run("id -u; id -g; grep ^Groups /proc/self/status; umask; echo $HOME; touch /tmp/x;"
                    + "stat -c %a /tmp/x; grep ^Cap /proc/self/status");
            assertThat(out)
                    .startsWith("1000\n1001\nGroups:\t5 6 \n0077\n/home/me\n600\n")
                    .contains("CapInh:\t0000000000000000")
                    .contains("CapEff:\t0000000000000000")
                    .contains("CapBnd:\t0000000000000021");
        }
    }

    /** The container's user has no file of its own yet. */
    private static void writable(OciBox box) throws Exception {
        box.root.resolve("tmp").toFile().setWritable(true, false);
        Files.createFile(box.root.resolve("out")).toFile().setWritable(true, false);
    }

    @Test
    void fiveSetsOfCapabilities(Instance instance) throws Exception {
        try (OciBox box = new OciBox(instance)) {
            box.process("user", "{\"uid\": 1000, \"gid\": 1000}").process("capabilities", """
                    {"bounding": ["CAP_CHOWN", "CAP_KILL", "CAP_NET_RAW"], "effective": ["CAP_KILL"],
                     "inheritable": ["CAP_KILL", "CAP_NET_RAW"], "permitted": ["CAP_KILL", "CAP_NET_RAW"],
                     "ambient": ["CAP_KILL"]}""");
            writable(box);
            assertThat(box.run("grep ^Cap /proc/self/status | cut -f2"))
                    .isEqualTo("0000000000002020\n0000000000000020\n0000000000000020\n0000000000002021\n"
                            + "0000000000000020");
        }
    }

    @Test
    void absentCapabilitiesAreNone(Instance instance) {
        try (OciBox box = new OciBox(instance)) {
            box.process().remove("capabilities");
            assertThat(box.run("grep ^Cap /proc/self/status | cut -f2 | sort -u"))
                    .isEqualTo("0000000000000000");
        }
    }

    @Test
    void limitsAndScheduling(Instance instance) {
        try (OciBox box = new OciBox(instance)) {
            box.process("rlimits", """
                            [{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 200},
                             {"type": "RLIMIT_CORE", "soft": 0, "hard": 0}]""")
                    .process("oomScoreAdj", "500")
                    .process("scheduler", "{\"policy\": \"SCHED_BATCH\", \"nice\": 7}")
                    .process("ioPriority", "{\"class\": \"IOPRIO_CLASS_IDLE\", \"priority\": 3}")
                    .process("noNewPrivileges", "true")
                    .linux("personality", "{\"domain\": \"LINUX32\"}")
                    .linux("memoryPolicy", "{\"mode\": \"MPOL_BIND\", \"nodes\": \"0\"}");
            String out = box.run(
                    "ulimit -Sn; ulimit -Hn; ulimit -c; cat /proc/self/oom_score_adj; cut -d' ' -f19,41 /proc/self/stat;"
                            + "grep NoNewPrivs /proc/self/status; uname -m; head -1 /proc/self/numa_maps | cut -d' ' -f2");
            assertThat(out)
                    .startsWith("100\n200\n0\n500\n7 3\n")
                    .contains("NoNewPrivs:\t1")
                    .contains("i686")
                    .endsWith("bind:0");
        }
    }

    @Test
    void descriptorsArePreserved(Instance instance) throws Exception {
        try (OciBox box = new OciBox(instance)) {
            Path file = instance.root().resolve("kept");
            Files.writeString(file, "kept");
            try (var arena = java.lang.foreign.Arena.ofConfined()) {
                for (int i = 0; i < 3; i++) {
                    long path = SystemCalls.text(arena, file.toString()).address();
                    box.preserve(new Descriptor((int) SystemCalls.call("open", SystemCallNumber.OPEN, path, 0x80000)));
                }
            }
            assertThat(box.run("cat <&3; cat <&4; cat <&5; ls /proc/1/fd | wc -l"))
                    .isEqualTo("keptkeptkept6");
            Files.delete(file);
        }
    }

    @Test
    void aTerminalOfItsOwn(Instance instance) {
        try (OciBox box = new OciBox(instance)) {
            box.process("terminal", "true").process("consoleSize", "{\"height\": 33, \"width\": 99}");
            box.arguments(
                    "sh",
                    "-c",
                    "(tty; stty size; stat -c %t:%T /dev/console /dev/pts/0; ls /dev/pts) >/out; sleep 0.1");
            assertThat(box.create()).isEmpty();
            try (Descriptor master = box.take(BundleDescriptors.TERMINAL)) {
                assertThat(master.number()).isPositive();
                assertThat(box.start()).isEmpty();
                box.await();
            }
            assertThat(box.output()).isEqualTo("/dev/pts/0\n33 99\n88:0\n88:0\n0\nptmx");
        }
    }

    @Test
    void aProgramThatCannotRunIsToldBeforeTheStart(Instance instance) throws Exception {
        try (OciBox box = new OciBox(instance)) {
            Files.writeString(box.root.resolve("bin/text"), "no program");
            assertThat(box.arguments("nosuch").create())
                    .contains("exec: \"nosuch\": executable file not found in $PATH");
            assertThat(again(box).arguments("/nosuch").create())
                    .contains("exec: \"/nosuch\": stat /nosuch: no such file or directory");
            assertThat(again(box).arguments("/bin/text").create()).contains("exec: \"/bin/text\": permission denied");
            assertThat(again(box).arguments("/bin").create()).contains("exec: \"/bin\": is a directory");
            assertThat(again(box).arguments("text").create())
                    .contains("exec: \"text\": executable file not found in $PATH");
            box.root.resolve("bin/text").toFile().setExecutable(true);
            assertThat(again(box).arguments("text").create()).isEmpty();
            assertThat(box.start()).contains("exec: \"/bin/text\": exec format error");
            assertThat(box.await()).isEqualTo(1);
        }
    }

    private static OciBox again(OciBox box) throws Exception {
        Files.deleteIfExists(box.folder.resolve("exec.fifo"));
        Files.deleteIfExists(box.folder.resolve("result.fifo"));
        return box;
    }

    @Test
    void oneMoreProcess(Instance instance) {
        try (OciBox box = new OciBox(instance)) {
            box.arguments("sleep", "100");
            assertThat(box.create()).isEmpty();
            assertThat(box.start()).isEmpty();
            assertThat(box.exec("""
                            {"cwd": "/tmp", "args": ["sh", "-c", "exec >/exec; pwd; hostname; id -u; grep CapEff /proc/self/status; ls -l /proc/*/ns/mnt | cut -d: -f4 | sort -u | wc -l"],
                             "env": ["PATH=/bin"], "user": {"uid": 0, "gid": 0}, "execCPUAffinity": {"final": "0"}}"""))
                    .startsWith("/tmp\nbox\n0\n")
                    .contains("CapEff:\t0000000000000000")
                    .endsWith("1");
            assertThat(box.exec("{\"cwd\": \"/\", \"args\": [\"nosuch\"], \"env\": [\"PATH=/bin\"]}"))
                    .isEqualTo("exec: \"nosuch\": executable file not found in $PATH");
            assertThat(box.exec("{\"cwd\": \"/nosuch\", \"args\": [\"true\"], \"env\": [\"PATH=/bin\"]}"))
                    .isEqualTo("chdir to the working directory /nosuch: no such file or directory");
        }
    }

    @Test
    void aHookFindsTheHostBeforeTheRootIsEnteredAndTheContainerAfter(Instance instance) throws Exception {
        Path host = instance.root().resolve("seen");
        try (OciBox box = new OciBox(instance)) {
            box.arguments("sleep", "100");
            box.at(
                    org.berth.runtime.oci.plan.SyncMessage.MOUNTED,
                    () -> assertThat(box.hook(
                                    "/bin/sh",
                                    "sh",
                                    "-c",
                                    "exec >" + host + " 2>&1; hostname; ls -d /root /bin/busybox"))
                            .isZero());
            assertThat(box.create()).isEmpty();
            assertThat(Files.readString(host)).isEqualTo("box\n/bin/busybox\n/root\n");
            assertThat(box.hook("/bin/sh", "sh", "-c", "exec >/hooked; ls -d /bin/busybox; exit 3"))
                    .isEqualTo(3);
            assertThat(OciBox.text(box.root.resolve("hooked"))).isEqualTo("/bin/busybox\n");
            Files.delete(host);
        }
    }

    /** Refuses mkdir(2) with EPERM, or tells of it; allows all else. */
    private static byte[] mkdirRefused(int action) {
        var program = java.nio.ByteBuffer.allocate(32).order(java.nio.ByteOrder.nativeOrder());
        program.putShort((short) 0x20).putShort((short) 0).putInt(0); // load the call's number
        program.putShort((short) 0x15).put((byte) 0).put((byte) 1).putInt(SystemCallNumber.MKDIR);
        program.putShort((short) 0x06).putShort((short) 0).putInt(action);
        program.putShort((short) 0x06).putShort((short) 0).putInt(0x7fff0000);
        return program.array();
    }

    @Test
    void theFilterIsLoadedWithAndWithoutNewPrivileges(Instance instance) throws Exception {
        for (boolean nothingNew : new boolean[] {true, false}) {
            try (OciBox box = new OciBox(instance)) {
                writable(box);
                box.process("noNewPrivileges", Boolean.toString(nothingNew))
                        .process("user", "{\"uid\": 1000, \"gid\": 1000}")
                        .filter(mkdirRefused(0x50001), 0, false);
                String out = box.run("mkdir /tmp/x; grep -E '^(CapEff|CapPrm|NoNewPrivs|Seccomp):' /proc/self/status");
                assertThat(out)
                        .isEqualTo("mkdir: can't create directory '/tmp/x': Operation not permitted\n"
                                + "CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nNoNewPrivs:\t"
                                + (nothingNew ? 1 : 0) + "\nSeccomp:\t2");
            }
        }
    }

    @Test
    void aListenerIsHeldUntilItIsTaken(Instance instance) {
        try (OciBox box = new OciBox(instance)) {
            box.filter(mkdirRefused(0x7fc00000), 0, true).arguments("mkdir", "/tmp/x");
            java.util.List<Descriptor> listener = new java.util.ArrayList<>();
            box.at(
                    org.berth.runtime.oci.plan.SyncMessage.LISTENER,
                    () -> listener.add(box.take(BundleDescriptors.LISTENER)));
            assertThat(box.create()).isEmpty();
            assertThat(box.said).containsExactly("NAMESPACES", "MOUNTED", "LISTENER", "READY");
            assertThat(box.start()).isEmpty();
            // with nobody to answer the call fails: ENOSYS
            listener.forEach(Descriptor::close);
            assertThat(box.await()).isEqualTo(1);
            assertThat(box.root.resolve("tmp/x")).doesNotExist();
        }
    }
}
