package org.berth.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.berth.engine.Samples.shell;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.Instance;
import org.berth.engine.BusyboxCondition.NeedsBusybox;
import org.berth.engine.Containers.ExecRequest;
import org.berth.linux.cgroup.GroupResources;
import org.berth.linux.cgroup.GroupResources.Processor;
import org.berth.runtime.Isolation.Kind;
import org.berth.runtime.ProcessSpec.Limit;
import org.berth.runtime.Resources;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** Goal: a jail is as it was asked for. Method: real containers, looked at from inside. */
@KernelTest
@NeedsBusybox
class JailKernelTest {
    private static String run(TestNode node, Samples request) {
        return node.output(request);
    }

    private static String exec(TestNode node, String id, String user, String line) {
        String exec = node.containers()
                .createExec(
                        id,
                        new ExecRequest(
                                List.of("sh", "-c", line),
                                List.of(),
                                Optional.of(user),
                                Optional.empty(),
                                false,
                                false));
        return TestNode.readAll(node.containers().startExec(exec));
    }

    private static String mask(TestNode node, Samples request) {
        return run(node, request).strip();
    }

    private static Samples bounding() {
        return shell("grep CapBnd /proc/self/status | cut -f2");
    }

    @Test
    void capabilitiesAreAddedAndDropped(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            assertThat(mask(node, bounding())).isEqualTo("00000000a80425fb");
            assertThat(mask(node, bounding().jail(JailRequest.of().addedCapabilities(List.of("cap_net_admin")))))
                    .isEqualTo("00000000a80435fb");
            assertThat(mask(
                            node,
                            bounding()
                                    .jail(JailRequest.of()
                                            .droppedCapabilities(List.of("ALL"))
                                            .addedCapabilities(List.of("CHOWN")))))
                    .isEqualTo("0000000000000001");
            assertThatThrownBy(() -> node.start(bounding().jail(JailRequest.of().addedCapabilities(List.of("FLY")))))
                    .isInstanceOf(BerthException.class)
                    .hasMessageContaining("capability FLY does not exist");
        }
    }

    @Test
    void anExecHasTheSameRights(Instance instance) throws Exception {
        try (TestNode node = new TestNode(instance).withTiny()) {
            String id = node.start(shell("sleep 1000")
                    .jail(JailRequest.of()
                            .droppedCapabilities(List.of("ALL"))
                            .groups(List.of("1234"))
                            .limits(List.of(new Limit("nofile", 77, 99)))));
            String seen = exec(node, id, "", "grep CapBnd /proc/self/status; ulimit -n; id -G");
            assertThat(seen).contains("0000000000000000", "77\n", "1234");
        }
    }

    @Test
    void limitsScoreSettingsAndNames(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            String seen = run(
                    node,
                    shell("ulimit -n; ulimit -Hn; ulimit -l; cat /proc/self/oom_score_adj /proc/sys/kernel/msgmax"
                                    + " /proc/sys/net/core/somaxconn /proc/sys/kernel/domainname;"
                                    + " df -k /dev/shm | tail -1 | awk '{print $2}'")
                            .jail(JailRequest.of()
                                    .limits(List.of(new Limit("nofile", 100, 200), new Limit("memlock", 65536, 65536)))
                                    .outOfMemoryScore(OptionalInt.of(7))
                                    .settings(Map.of("kernel.msgmax", "4321", "net.core.somaxconn", "99"))
                                    .domainName(Optional.of("example.org"))
                                    .sharedMemoryBytes(OptionalLong.of(4 << 20))));
            assertThat(seen.lines()).containsExactly("100", "200", "64", "7", "4321", "99", "example.org", "4096");
        }
    }

    @Test
    void aSettingOfTheWholeMachineIsRefused(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            assertThatThrownBy(() ->
                            node.start(shell("true").jail(JailRequest.of().settings(Map.of("kernel.panic", "1")))))
                    .hasMessageContaining("sysctl 'kernel.panic' is not allowed");
        }
    }

    @Test
    void aDeviceIsThereAndMayBeUsed(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            String look = "ls -l /dev/x/tunnel | awk '{print $5 $6}'; head -c 0 /dev/x/tunnel && echo opened";
            JailRequest.Device device = new JailRequest.Device("/dev/net/tun", "/dev/x/tunnel", "r");
            assertThat(run(node, shell(look).jail(JailRequest.of().devices(List.of(device)))))
                    .isEqualTo("10,200\nopened\n");
            String make = "mknod /tmp/tunnel c 10 200 && head -c 0 /tmp/tunnel && echo opened";
            assertThat(run(node, shell(make).hostIds())).doesNotContain("opened");
            assertThat(run(node, shell(make).hostIds().jail(JailRequest.of().deviceRules(List.of("c 10:* r")))))
                    .isEqualTo("opened\n");
            assertThatThrownBy(() -> node.start(shell("true")
                            .jail(JailRequest.of()
                                    .devices(List.of(new JailRequest.Device("/dev/nowhere", "/dev/a", "r"))))))
                    .hasMessageContaining("/dev/nowhere")
                    .hasMessageContaining("no such file");
        }
    }

    @Test
    void namespacesAreTheMachinesWhereAskedFor(Instance instance) throws IOException {
        String look = "for kind in pid ipc uts user; do readlink /proc/self/ns/$kind; done";
        try (TestNode node = new TestNode(instance).withTiny()) {
            // before Linux 6.15 the user namespace is the machine's in any case
            assertThat(run(node, shell(look)).lines()).doesNotContainAnyElementsOf(own().subList(0, 3));
            assertThat(run(node, shell(look).jail(JailRequest.of().shared(Set.of(Kind.PID, Kind.IPC, Kind.UTS))))
                            .lines())
                    .containsExactlyElementsOf(own());
        }
    }

    private static String bounding(Path status) throws IOException {
        String line = Files.readAllLines(status).stream()
                .filter(each -> each.startsWith("CapBnd:"))
                .findFirst()
                .orElseThrow();
        return line.substring("CapBnd:".length());
    }

    private static List<String> own() throws IOException {
        return List.of(
                Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString(),
                Files.readSymbolicLink(Path.of("/proc/self/ns/ipc")).toString(),
                Files.readSymbolicLink(Path.of("/proc/self/ns/uts")).toString(),
                Files.readSymbolicLink(Path.of("/proc/self/ns/user")).toString());
    }

    /** Without a pid namespace of its own nothing ends with its first process by itself. */
    @Test
    void whatAContainerLeavesInTheMachinesPidNamespaceEndsWithIt(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            String id = node.start(
                    shell("sleep 12345 & echo left").jail(JailRequest.of().shared(Set.of(Kind.PID))));
            TestNode.eventually("ended", () -> node.containers().get(id).status() == ContainerState.Status.EXITED);
            node.containers().remove(id, false, false);
            assertThat(ProcessHandle.allProcesses()
                            .map(process -> process.info().commandLine().orElse("")))
                    .noneMatch(line -> line.contains("sleep 12345"));
        }
    }

    @Test
    void aPidNamespaceIsJoined(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            String first = node.start(shell("sleep 54321"));
            String seen = run(
                    node,
                    shell("cat /proc/1/cmdline | tr '\\0' ' '; echo $$")
                            .jail(JailRequest.of().processesOf(Optional.of(first))));
            assertThat(seen).contains("54321").doesNotContain("\n1\n");
            node.containers().stop(first, Optional.empty());
            assertThatThrownBy(
                            () -> node.start(shell("true").jail(JailRequest.of().processesOf(Optional.of(first)))))
                    .hasMessageContaining("non running container");
        }
    }

    /** System V objects, message queues and shared memory, with ids of its own and with the machine's. */
    @Test
    void anIpcNamespaceIsJoined(Instance instance) {
        String share = "echo shared > /dev/shm/a; touch /dev/mqueue/queue; echo up; sleep 54321";
        String look = "cat /dev/shm/a; ls /dev/mqueue; readlink /proc/self/ns/ipc; echo back > /dev/shm/b";
        try (TestNode node = new TestNode(instance).withTiny()) {
            for (boolean own : List.of(true, false)) {
                Samples giving = shell(share).jail(JailRequest.of().sharesIpc(true));
                String first = node.start(own ? giving : giving.hostIds());
                TestNode.eventually("up", () -> node.logs(first).contains("up"));
                Samples joining = shell(look).jail(JailRequest.of().ipcOf(Optional.of(first)));
                String seen = run(node, own ? joining : joining.hostIds());
                assertThat(seen).startsWith("shared\nqueue\nipc:[");
                assertThat(exec(node, first, "", "readlink /proc/self/ns/ipc; cat /dev/shm/b"))
                        .isEqualTo(seen.lines().toList().get(2) + "\nback\n");
                assertThat(run(node, shell("ls /dev/shm; ls /dev/mqueue"))).isEmpty();
                node.containers().stop(first, Optional.of(Duration.ZERO));
                assertThatThrownBy(() -> node.start(own ? joining : joining.hostIds()))
                        .hasMessageContaining("non running container");
            }
        }
    }

    @Test
    void anIpcNamespaceIsJoinedOnlyWhereItIsShared(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            String first = node.start(shell("sleep 54321"));
            assertThatThrownBy(
                            () -> node.start(shell("true").jail(JailRequest.of().ipcOf(Optional.of(first)))))
                    .hasMessageContaining("non-shareable IPC");
        }
    }

    /** su with the set-user-ID bit of root, run by user 1000; root needs no password. */
    @Test
    void programsRaiseRightsOnlyWhereAskedFor(Instance instance) throws IOException {
        try (TestNode node = new TestNode(instance).withTiny()) {
            String prepare =
                    "cp /bin/busybox /bin/su && chmod 4755 /bin/su; echo root::0:0::/:/bin/sh > /etc/passwd; echo done; sleep 1000";
            for (boolean own : List.of(true, false)) {
                for (boolean gains : List.of(true, false)) {
                    Samples request = shell(prepare).jail(JailRequest.of().gainsPrivileges(gains));
                    String id = node.start(own ? request : request.hostIds());
                    TestNode.eventually("prepared", () -> node.logs(id).contains("done"));
                    String seen = exec(node, id, "1000", "/bin/su -c 'id -u'");
                    assertThat(seen.strip().equals("0")).as(seen).isEqualTo(gains);
                    assertThat(exec(node, id, "", "grep ^Seccomp: /proc/self/status"))
                            .contains("2");
                }
            }
        }
    }

    @Test
    void aPrivilegedOneHasEverything(Instance instance) throws IOException {
        try (TestNode node = new TestNode(instance).withTiny()) {
            String seen = run(
                    node,
                    shell(
                                    "grep -E 'CapEff|NoNewPrivs|Seccomp:' /proc/self/status; ls -l /dev/net/tun | cut -c1;"
                                            + " readlink /proc/self/ns/user; test -r /proc/kcore && wc -c < /proc/timer_list;"
                                            + " grep ' /sys ' /proc/mounts | grep -c ' rw'; head -c 0 /dev/net/tun && echo opened")
                            .jail(JailRequest.of().privileged(true)));
            assertThat(seen)
                    .contains(
                            "CapEff:" + bounding(Path.of("/proc/self/status")),
                            "NoNewPrivs:\t0",
                            "Seccomp:\t0",
                            "c\n",
                            own().get(3))
                    .endsWith("1\nopened\n")
                    .doesNotContain("\n0\n");
        }
    }

    @Test
    void weightsAndSetsOfProcessors(Instance instance) {
        GroupResources more = new GroupResources(
                GroupResources.NONE.devices(),
                GroupResources.NONE.memory(),
                new Processor(
                        OptionalLong.of(512),
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        Optional.of("0"),
                        Optional.empty(),
                        OptionalLong.empty()),
                GroupResources.NONE.pids(),
                GroupResources.NONE.blockIo(),
                List.of(),
                GroupResources.NONE.network(),
                GroupResources.NONE.rdma(),
                GroupResources.NONE.unified());
        try (TestNode node = new TestNode(instance).withTiny()) {
            Samples request = shell("grep Cpus_allowed_list /proc/self/status | cut -f2;"
                    + " cat /sys/fs/cgroup/cpu/cpu.shares /sys/fs/cgroup/cpu.weight 2>/dev/null");
            request.resources =
                    new Resources(OptionalLong.empty(), OptionalDouble.empty(), OptionalLong.of(50), Optional.of(more));
            assertThat(run(node, request).lines()).first().isEqualTo("0");
            assertThat(run(node, request)).containsAnyOf("512\n", "59\n");
        }
    }

    @Test
    void pathsAreBareWhereAskedFor(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            String look = "grep -c -e ' /proc/' /proc/mounts";
            assertThat(mask(node, shell(look))).isNotEqualTo("0");
            assertThat(mask(
                            node,
                            shell(look)
                                    .jail(JailRequest.of()
                                            .maskedPaths(Optional.of(List.of()))
                                            .readOnlyPaths(Optional.of(List.of())))))
                    .isEqualTo("0");
        }
    }

    /** What a run has learned is there after its end, and is enough for the next. */
    @Test
    void systemCallsAreLearned(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            Samples request = shell("mkdir /a; echo done");
            request.seccomp = Optional.of("learn");
            String id = node.start(request);
            node.end(id);
            assertThat(node.logs(id)).isEqualTo("done\n");
            String profile = node.containers().explain(id).learned().orElseThrow();
            assertThat(profile).contains("\"mkdir\"", "\"execve\"");
            Samples again = shell("mkdir /a; echo done");
            again.seccomp = Optional.of(profile);
            assertThat(node.output(again)).isEqualTo("done\n");
            Samples other = shell("ln -s /a /b; echo done");
            other.seccomp = Optional.of(profile);
            assertThat(node.output(other)).contains("ln:");
        }
    }
}
