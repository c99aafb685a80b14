package org.berth.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.berth.base.Instance;
import org.berth.runtime.ContainerRuntime.Explanation;
import org.berth.runtime.ContainerRuntime.Output;
import org.berth.runtime.ContainerSpec.MountSpec;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** What a container sees of itself: a shell inside looks around. */
@KernelTest
class IsolationKernelTest {
    @Test
    void everyNamespaceIsItsOwn(Instance instance) throws Exception {
        try (Box box = new Box(instance)) {
            box.run("for n in mnt pid uts ipc net cgroup; do readlink /proc/self/ns/$n; done; hostname");
            List<String> lines = box.output().lines().toList();
            assertThat(lines).hasSize(7).last().isEqualTo("box");
            for (String kind : List.of("mnt", "pid", "uts", "ipc", "net", "cgroup")) {
                assertThat(lines)
                        .doesNotContain(Files.readSymbolicLink(Path.of("/proc/self/ns", kind))
                                .toString());
            }
        }
    }

    @Test
    void noPathOfTheHostShows(Instance instance) {
        try (Box box = new Box(instance)) {
            box.run("cat /proc/self/mountinfo /proc/self/cgroup");
            assertThat(box.output()).doesNotContain(instance.root().toString()).doesNotContain(instance.tag());
            assertThat(box.output().lines().filter(line -> line.matches("[0-9]+:.*:.*")))
                    .isNotEmpty()
                    .allMatch(line -> line.endsWith(":/"));
        }
    }

    @Test
    void standardMountsAreThereAndRestricted(Instance instance) {
        try (Box box = new Box(instance)) {
            box.run("cat /proc/self/mountinfo");
            assertThat(options(box.output(), "/proc")).contains("nosuid", "nodev", "noexec");
            assertThat(options(box.output(), "/dev")).contains("nosuid");
            assertThat(options(box.output(), "/dev/pts")).contains("nosuid", "noexec");
            assertThat(options(box.output(), "/dev/shm")).contains("nosuid", "nodev", "noexec");
            assertThat(options(box.output(), "/dev/mqueue")).contains("nosuid", "nodev", "noexec");
            assertThat(options(box.output(), "/sys")).contains("ro", "nosuid", "nodev", "noexec");
        }
    }

    /** Seen failing without MOUNT_READ_ONLY in {@code StandardMounts.copyGroups}. */
    @Test
    void CVE_2023_25809_everyCgroupMountIsReadOnly(Instance instance) {
        try (Box box = new Box(instance)) {
            box.run("grep ' - cgroup' /proc/self/mountinfo");
            assertThat(box.output().lines())
                    .isNotEmpty()
                    .allMatch(line -> List.of(line.split(" ")[5].split(",")).contains("ro"));
        }
    }

    @Test
    void maskedPathsAreEmptyAndReadOnlyOnesRefuse(Instance instance) {
        try (Box box = new Box(instance)) {
            box.run("for f in /proc/kcore /proc/keys /proc/timer_list /proc/interrupts; do "
                    + "[ -e $f ] && head -c 1 $f; done; ls -A /proc/acpi /sys/firmware 2>/dev/null | grep -v : | grep .; "
                    + "for f in /proc/sysrq-trigger /proc/sys/kernel/core_pattern /proc/sys/vm/drop_caches; do "
                    + "(echo x > $f) && echo written $f; done; true");
            assertThat(box.output()).isEmpty();
            assertThat(box.errors()).contains("Read-only file system");
        }
    }

    @Test
    void devicesOffTheListCanNotBeOpened(Instance instance) {
        try (Box box = new Box(instance)) {
            ExitStatus status = box.run("head -c 1 /dev/zero | wc -c; mknod /tmp/mem c 1 1 && head -c 1 /tmp/mem");
            assertThat(status.code()).isNotZero();
            assertThat(box.output()).isEqualTo("1\n");
            assertThat(box.errors()).contains("Operation not permitted");
        }
    }

    @Test
    void callsThatAreNotOnTheListAreRefused(Instance instance) {
        try (Box box = new Box(instance)) {
            box.run("unshare -U true; mount -t tmpfs none /tmp; grep Seccomp: /proc/self/status");
            assertThat(box.output()).isEqualTo("Seccomp:\t2\n");
            assertThat(box.errors()).contains("unshare").contains("mount");
        }
    }

    @Test
    void rightsAreTheStandardOnes(Instance instance) {
        try (Box box = new Box(instance)) {
            box.run("grep -E '^(Cap|NoNewPrivs|Groups|Umask)' /proc/self/status");
            assertThat(box.output())
                    .contains("CapEff:\t00000000a80425fb", "CapPrm:\t00000000a80425fb", "CapBnd:\t00000000a80425fb")
                    .contains("CapAmb:\t0000000000000000", "NoNewPrivs:\t1", "Umask:\t0022");
        }
    }

    /** Seen failing with the sets' third word that of the first in {@code Privileges.setCapabilities}. */
    @Test
    void CVE_2022_29162_nothingIsInheritable(Instance instance) {
        for (boolean init : List.of(false, true)) {
            try (Box box = init ? new Box(instance).init() : new Box(instance)) {
                box.start("grep CapInh /proc/self/status; sleep 1000");
                box.awaitOutput("CapInh");
                box.exec("grep CapInh /proc/self/status");
                assertThat(box.output()).isEqualTo("CapInh:\t0000000000000000\n");
                assertThat(box.execOutput()).isEqualTo("CapInh:\t0000000000000000\n");
            }
        }
    }

    @Test
    void anotherUserHasNoCapabilitiesAndCanReopenItsOutput(Instance instance) {
        for (boolean init : List.of(false, true)) {
            ProcessSpec.User user = new ProcessSpec.User(1000, 1001, List.of(2000L, 2001L));
            try (Box box = init ? new Box(instance).init().user(user) : new Box(instance).user(user)) {
                box.run("echo reopened > /dev/stdout; id; grep CapEff /proc/self/status");
                assertThat(box.output())
                        .isEqualTo("reopened\nuid=1000 gid=1001 groups=1001,2000,2001\nCapEff:\t0000000000000000\n");
            }
        }
    }

    /** Seen failing without CLOSE_RANGE in {@code Monitor.isolate} and {@code ProcessSteps.execute}. */
    @Test
    void CVE_2016_9962_noDescriptorAboveStandardErrorIsOpen(Instance instance) throws Exception {
        for (boolean init : List.of(false, true)) {
            try (Box box = init ? new Box(instance).init() : new Box(instance)) {
                box.runtime.launch(box.spec("sleep", "1000"), new Output(box.log, Optional.empty()));
                String main = init ? "2" : "1";
                box.exec("exec ls /proc/" + main + "/fd");
                assertThat(box.execOutput()).isEqualTo("0\n1\n2\n");
                Files.delete(box.execLog());
                // 3 is what ls itself has open: the folder
                box.exec("exec ls /proc/self/fd");
                assertThat(box.execOutput()).isEqualTo("0\n1\n2\n3\n");
                Files.delete(box.execLog());
                // init is hidden: nobody may look into its descriptors
                box.exec("exec ls /proc/1/fd");
                assertThat(box.execOutput()).isEqualTo(init ? "" : "0\n1\n2\n");
            }
        }
    }

    @Test
    void standardInputIsNothingOfTheHosts(Instance instance) throws Exception {
        Object before = Files.getAttribute(Path.of("/dev/null"), "unix:mode");
        try (Box box = new Box(instance)) {
            box.start("stat -L -c '%t:%T' /proc/self/fd/0; cat; chmod 600 /proc/self/fd/0; echo ready; sleep 1000");
            box.awaitOutput("ready");
            assertThat(box.exec("cat; chmod 600 /proc/self/fd/0").code()).isZero();
            assertThat(box.output()).isEqualTo("1:3\nready\n");
        }
        assertThat(Files.getAttribute(Path.of("/dev/null"), "unix:mode")).isEqualTo(before);
    }

    @Test
    void anyUserMayBindLowPortsAndTheHostsSettingStays(Instance instance) throws Exception {
        String host = Files.readAllLines(Path.of("/proc/sys/net/ipv4/ping_group_range"))
                .toString();
        try (Box box = new Box(instance)) {
            box.run("cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ping_group_range");
            assertThat(box.output()).isEqualTo("0\n0\t2147483647\n");
        }
        assertThat(Files.readAllLines(Path.of("/proc/sys/net/ipv4/ping_group_range"))
                        .toString())
                .isEqualTo(host);
    }

    @Test
    void aReadOnlyRootCanNotBeWrittenTo(Instance instance) throws Exception {
        Path source = Files.createDirectories(instance.root().resolve("source"));
        Files.writeString(source.resolve("file"), "content\n");
        try (Box box = new Box(instance)
                .readOnly()
                .workingDirectory("/made/for/it")
                .mounts(new MountSpec.Bind(source.resolve("file"), "/etc/made-for-it", false))) {
            ExitStatus status = box.run("touch /file");
            assertThat(status.code()).isNotZero();
            assertThat(box.errors()).contains("Read-only file system");
        }
    }

    @Test
    void bindsAndTemporariesAreWhereTheyShouldBe(Instance instance) throws Exception {
        Path source = Files.createDirectories(instance.root().resolve("source"));
        Files.writeString(source.resolve("file"), "content\n");
        try (Box box = new Box(instance)
                .mounts(
                        new MountSpec.Bind(source, "/data/deep", false),
                        new MountSpec.Bind(source.resolve("file"), "/etc/one", true),
                        new MountSpec.Bind(source, "/fixed", true),
                        new MountSpec.Temporary("/scratch", "size=1m,mode=1777"))) {
            box.run("cat /data/deep/file /etc/one; echo new > /data/deep/new; touch /fixed/no; touch /etc/one; "
                    + "touch /scratch/a; stat -c %a /scratch; grep scratch /proc/self/mountinfo");
            assertThat(box.output()).startsWith("content\ncontent\n1777\n").contains("noexec");
            assertThat(box.errors()).contains("/fixed/no").contains("/etc/one");
            assertThat(Files.readString(source.resolve("new"))).isEqualTo("new\n");
        }
    }

    @Test
    void explanationTellsWhatTheKernelTells(Instance instance) {
        try (Box box = new Box(instance)) {
            box.start("echo ready; sleep 1000");
            box.awaitOutput("ready");
            Explanation explanation = box.runtime.explain(Box.ID);
            assertThat(lines(explanation, "namespaces"))
                    .anyMatch(line -> line.startsWith("pid") && line.endsWith("its own"));
            assertThat(lines(explanation, "root and layers"))
                    .anyMatch(line -> line.contains(box.upper().toString()));
            assertThat(lines(explanation, "mounts")).anyMatch(line -> line.startsWith("/proc  proc"));
            assertThat(lines(explanation, "capabilities")).anyMatch(line -> line.startsWith("effective: CAP_CHOWN"));
            assertThat(lines(explanation, "limits and usage")).anyMatch(line -> line.startsWith("memory: "));
            assertThat(lines(explanation, "interfaces")).anyMatch(line -> line.startsWith("lo "));
            assertThat(lines(explanation, "addresses")).containsExactly("127.0.0.1");
            assertThat(explanation.program()).anyMatch(line -> line.contains("mount proc on /proc: move_mount("));
        }
    }

    private static List<String> lines(Explanation explanation, String title) {
        return explanation.sections().stream()
                .filter(section -> section.title().equals(title))
                .findFirst()
                .orElseThrow()
                .lines();
    }

    private static List<String> options(String mountinfo, String target) {
        String line = mountinfo
                .lines()
                .filter(text -> text.split(" ")[4].equals(target))
                .findFirst()
                .orElseThrow();
        return List.of(line.split(" ")[5].split(","));
    }
}
