package org.berth.runtime.oci.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.berth.base.BerthException;
import org.berth.base.Instance;
import org.berth.base.JsonTree;
import org.berth.testing.Await;
import org.berth.testing.KernelTest;
import org.berth.testing.Leftovers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

/** Goal: a container's life is the one that runtime-spec tells (runtime.md), its faults included. */
@KernelTest
class LifecycleKernelTest {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final int SIGTERM = 15;
    private static final int SIGKILL = 9;

    @Test
    void aWholeLife(Instance instance) throws IOException {
        try (Bundle bundle = new Bundle(instance)) {
            bundle.create();
            assertThat(bundle.status()).isEqualTo(Status.CREATED);
            assertThat(bundle.processes()).containsExactly(Files.readString(bundle.folder.resolve("pid")));
            bundle.containers().start(bundle.id);
            assertThat(bundle.status()).isEqualTo(Status.RUNNING);
            bundle.containers().pause(bundle.id);
            assertThat(bundle.status()).isEqualTo(Status.PAUSED);
            bundle.containers().resume(bundle.id);
            bundle.containers().kill(bundle.id, SIGKILL, false);
            awaitStopped(bundle);
            assertThat(bundle.containers().list()).hasSize(1);
            bundle.containers().delete(bundle.id, false);
            assertThat(bundle.containers().list()).isEmpty();
            assertThat(bundle.state().path()).doesNotExist();
        }
    }

    @Test
    void oneThatIsOnlyCreatedCanBePaused(Instance instance) {
        try (Bundle bundle = new Bundle(instance)) {
            bundle.create();
            bundle.containers().pause(bundle.id);
            assertThat(bundle.status()).isEqualTo(Status.PAUSED);
            assertThatThrownBy(() -> bundle.containers().start(bundle.id))
                    .hasMessage("cannot start a container in the paused state");
            bundle.containers().resume(bundle.id);
            assertThat(bundle.status()).isEqualTo(Status.CREATED);
            bundle.containers().start(bundle.id);
            assertThat(bundle.status()).isEqualTo(Status.RUNNING);
        }
    }

    @Test
    void whatIsOutOfOrderIsRefused(Instance instance) {
        try (Bundle bundle = new Bundle(instance)) {
            Containers containers = bundle.containers();
            assertThatThrownBy(() -> containers.start(bundle.id)).hasMessageContaining("does not exist");
            bundle.create();
            assertThatThrownBy(bundle::create).hasMessageStartingWith("container with given ID already exists");
            assertThatThrownBy(() -> containers.resume(bundle.id)).hasMessageStartingWith("container not paused");
            containers.start(bundle.id);
            assertThatThrownBy(() -> containers.start(bundle.id))
                    .hasMessage("cannot start an already running container");
            assertThatThrownBy(() -> containers.delete(bundle.id, false))
                    .hasMessage("cannot delete container " + bundle.id + " that is not stopped: running");
            containers.kill(bundle.id, SIGKILL, false);
            awaitStopped(bundle);
            assertThatThrownBy(() -> containers.kill(bundle.id, SIGTERM, false))
                    .hasMessageStartingWith("container not running");
            assertThatThrownBy(() -> containers.start(bundle.id))
                    .hasMessage("cannot start a container that has stopped");
            assertThatThrownBy(() -> containers.pause(bundle.id)).hasMessageStartingWith("container not running");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a/b", "../x", "a b", "ä", "a\n"})
    void anIdIsTheNameOfAFolder(String id) {
        assertThatThrownBy(() -> StateStore.check(id)).hasMessageStartingWith("invalid container ID format");
    }

    @Test
    void aBundleThatIsNotThere(Instance instance) {
        try (Bundle bundle = new Bundle(instance)) {
            assertThatThrownBy(() -> bundle.containers().create(bundle.request(bundle.id)))
                    .hasMessageStartingWith("JSON specification file config.json not found");
            assertThat(bundle.state().path()).doesNotExist();
        }
    }

    @Test
    void aCreatedContainerCanBeDeleted(Instance instance) {
        try (Bundle bundle = new Bundle(instance)) {
            bundle.create();
            bundle.containers().delete(bundle.id, false);
            assertThat(bundle.processes()).isEmpty();
        }
    }

    /** A number that another process got must not be killed for the container's (runc 1.0's reason for start times). */
    @Test
    void anothersNumberIsNotTrusted(Instance instance) throws IOException {
        try (Bundle bundle = new Bundle(instance)) {
            bundle.create();
            ContainerState real = bundle.state().state().orElseThrow();
            bundle.state().write(real.withProcess(ProcessHandle.current().pid(), "1"));
            assertThat(bundle.status()).isEqualTo(Status.STOPPED);
            assertThatThrownBy(() -> bundle.containers().kill(bundle.id, SIGKILL, false))
                    .hasMessageStartingWith("container not running");
            bundle.state().write(real);
        }
    }

    @Test
    void aProcessIsHeldOnlyAsTheOneThatWasStarted(Instance instance) {
        try (Bundle bundle = new Bundle(instance)) {
            bundle.create();
            ContainerState real = bundle.state().state().orElseThrow();
            assertThat(Processes.open(real)).hasValueSatisfying(process -> process.close());
            assertThat(Processes.open(real.withProcess(real.pid(), "1"))).isEmpty();
        }
    }

    /** Settings of the runtime's own namespace are the machine's (runc refuses it too). */
    @Test
    void settingsOfOurOwnNamespaceAreRefusedByWhateverName(Instance instance) throws IOException {
        try (Bundle bundle = new Bundle(instance)) {
            Path setting = Path.of("/proc/sys/net/ipv4/ip_forward");
            String before = Files.readString(setting).strip();
            var linux = (ObjectNode) bundle.config.get("linux");
            linux.set("sysctl", JsonTree.read("{\"net.ipv4.ip_forward\": \"" + before + "\"}"));
            linux.withArray("namespaces").forEach(namespace -> {
                if (namespace.path("type").stringValue().equals("network")) {
                    ((ObjectNode) namespace)
                            .put("path", "/proc/" + ProcessHandle.current().pid() + "/ns/net");
                }
            });
            assertThatThrownBy(bundle::create)
                    .hasMessageStartingWith(
                            "linux.sysctl.net.ipv4.ip_forward: sysctl is not in a separate kernel namespace");
            linux.remove("sysctl");
            bundle.create();
        }
    }

    /** Who waited for a container must not work on the next of its name beside who holds that. */
    @Test
    void aLockIsOfTheContainerThatWasWaitedFor(Instance instance) throws Exception {
        StateStore store = new StateStore(instance.run().resolve("oci"));
        StateFolder folder = store.folder("one");
        folder.create();
        try (var first = folder.lock()) {
            String inode = ":" + Files.getAttribute(folder.path().resolve("lock"), "unix:ino") + " ";
            FutureTask<Boolean> other = new FutureTask<>(() -> {
                try (var _ = folder.lock()) {
                    return true;
                }
            });
            Thread waiting = Thread.ofPlatform().start(other);
            Await.until(
                    "it waits",
                    DEADLINE,
                    () -> Bundle.lines(Path.of("/proc/locks")).stream()
                            .anyMatch(line -> line.contains("->") && line.contains(inode)));
            folder.delete();
            folder.create();
            first.close();
            assertThatThrownBy(other::get).hasMessageContaining("does not exist");
            waiting.join();
        } finally {
            folder.delete();
            store.root().toFile().delete();
        }
    }

    @Test
    void hooksRunInTheirOrderWithTheState(Instance instance) throws IOException {
        try (Bundle bundle = new Bundle(instance)) {
            for (String kind : List.of(
                    "poststop", "poststart", "startContainer", "createContainer", "createRuntime", "prestart")) {
                bundle.hook(kind, "true");
            }
            bundle.create();
            assertThat(kinds(bundle)).containsExactly("prestart", "createRuntime", "createContainer");
            assertThat(bundle.folder.resolve("rootfs/trace")).doesNotExist();
            bundle.containers().start(bundle.id);
            assertThat(Bundle.lines(bundle.folder.resolve("rootfs/trace"))).hasSize(1);
            assertThat(kinds(bundle)).endsWith("poststart");
            bundle.containers().kill(bundle.id, SIGKILL, false);
            awaitStopped(bundle);
            bundle.containers().delete(bundle.id, false);
            assertThat(kinds(bundle)).endsWith("poststart", "poststop");
            String said = bundle.traced().get(1);
            var state = JsonTree.read(said.substring(said.indexOf(' ') + 1));
            assertThat(state.path("id").stringValue()).isEqualTo(bundle.id);
            assertThat(state.path("status").stringValue()).isEqualTo("creating");
            assertThat(state.path("bundle").stringValue()).isEqualTo(bundle.folder.toString());
            assertThat(state.path("pid").longValue()).isPositive();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"prestart", "createRuntime", "createContainer"})
    void aHookThatFailsUndoesTheCreation(String kind, Instance instance) {
        try (Bundle bundle = new Bundle(instance).hook(kind, "exit 3").hook("poststop", "true")) {
            assertThatThrownBy(bundle::create)
                    .isInstanceOf(BerthException.class)
                    .hasMessage("hook failed with exit code 3: /bin/busybox");
            assertThat(kinds(bundle)).containsExactly(kind, "poststop");
            assertThat(bundle.state().path()).doesNotExist();
            assertThat(Leftovers.whileOpen(instance))
                    .filteredOn(line -> line.startsWith("cgroup"))
                    .isEmpty();
        }
    }

    /** Those that CDI asks for write to the root at its place in the host's tree, with what is mounted in it. */
    @Test
    void aHookBeforeTheRootIsEnteredSeesWhatIsMounted(Instance instance) {
        try (Bundle bundle = new Bundle(instance).hook("createContainer", "test -e rootfs/proc/self || exit 9")) {
            bundle.create();
            assertThat(bundle.folder.resolve("rootfs/proc/self")).doesNotExist();
        }
    }

    /** A filter that allows no more than a start takes must not hinder the start itself. */
    @Test
    void aTightFilterLetsItStart(Instance instance) {
        try (Bundle bundle = new Bundle(instance).arguments("true")) {
            var linux = (ObjectNode) bundle.config.get("linux");
            linux.set("seccomp", JsonTree.read("""
                    {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"action": "SCMP_ACT_ALLOW",
                      "names": ["read", "write", "close", "execve", "exit_group", "exit"]}]}"""));
            ((ObjectNode) bundle.config.get("process")).put("noNewPrivileges", true);
            bundle.create();
            assertThat(bundle.status()).isEqualTo(Status.CREATED);
            bundle.containers().start(bundle.id);
        }
    }

    /** The image supplies what runs: it must not have more than the container (as in runc, whose init runs it). */
    @Test
    void aStartContainerHookHasTheContainersRights(Instance instance) throws IOException {
        try (Bundle bundle =
                new Bundle(instance).hook("startContainer", "cat /proc/self/status /proc/self/cgroup >/rights")) {
            var process = (ObjectNode) bundle.config.get("process");
            process.set("user", JsonTree.read("{\"uid\": 7, \"gid\": 8, \"additionalGids\": [9]}"));
            process.set("capabilities", JsonTree.read("""
                    {"bounding": ["CAP_KILL"], "permitted": ["CAP_KILL"], "effective": ["CAP_KILL"],
                     "inheritable": ["CAP_KILL"], "ambient": ["CAP_KILL"]}"""));
            process.set("rlimits", JsonTree.read("[{\"type\": \"RLIMIT_CORE\", \"soft\": 0, \"hard\": 0}]"));
            process.put("noNewPrivileges", true);
            ((ObjectNode) bundle.config.get("linux")).set("seccomp", JsonTree.read("""
                    {"defaultAction": "SCMP_ACT_ALLOW",
                     "syscalls": [{"names": ["swapon"], "action": "SCMP_ACT_ERRNO"}]}"""));
            Path rights = bundle.folder.resolve("rootfs/rights");
            Path trace = bundle.folder.resolve("rootfs/trace");
            for (Path file : List.of(rights, trace)) {
                Files.createFile(file);
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
            }
            bundle.create();
            bundle.containers().start(bundle.id);
            String kill = "0000000000000020";
            assertThat(Bundle.lines(rights))
                    .contains(
                            "Uid:\t7\t7\t7\t7",
                            "Gid:\t8\t8\t8\t8",
                            "CapEff:\t" + kill,
                            "CapPrm:\t" + kill,
                            "CapBnd:\t" + kill,
                            "NoNewPrivs:\t1",
                            "Seccomp:\t2")
                    .anySatisfy(line -> assertThat(line).matches("Groups:\t9 ?"))
                    .anySatisfy(line -> assertThat(line).matches("[0-9]+:[a-z_,]*pids[a-z_,]*:/"));
        }
    }

    /** Without no_new_privs a filter is loaded before the last capabilities go. */
    @Test
    void aStartContainerHookHasTheFilterOfAContainerThatGainsPrivileges(Instance instance) {
        try (Bundle bundle = new Bundle(instance).hook("startContainer", "cat /proc/self/status >/rights")) {
            ((ObjectNode) bundle.config.get("linux")).set("seccomp", JsonTree.read("""
                    {"defaultAction": "SCMP_ACT_ALLOW",
                     "syscalls": [{"names": ["swapon"], "action": "SCMP_ACT_ERRNO"}]}"""));
            bundle.create();
            bundle.containers().start(bundle.id);
            assertThat(Bundle.lines(bundle.folder.resolve("rootfs/rights")))
                    .contains("CapEff:\t0000000000000000", "CapPrm:\t0000000000000000", "Seccomp:\t2");
        }
    }

    /** Its state is larger than a socket holds: what it does not read must not be waited for without limit. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aHookThatReadsNothingIsKilled(Instance instance) {
        try (Bundle bundle = new Bundle(instance)) {
            bundle.config.putObject("annotations").put("large", "x".repeat(4 << 20));
            bundle.config.putObject("hooks").withArray("createRuntime").add(JsonTree.read("""
                    {"path": "/bin/busybox", "args": ["busybox", "sleep", "1000"], "timeout": 1}"""));
            assertThatThrownBy(bundle::create).hasMessageContaining("it did not end within 1 s and was killed");
            assertThat(bundle.state().path()).doesNotExist();
        }
    }

    @Test
    void aHookReadsAStateThatIsLarge(Instance instance) {
        try (Bundle bundle = new Bundle(instance).hook("createRuntime", "true")) {
            String large = "x".repeat(1 << 20);
            bundle.config.putObject("annotations").put("large", large);
            bundle.config.withObjectProperty("hooks").set("createRuntime", JsonTree.read("""
                    [{"path": "/bin/busybox", "args": ["busybox", "sh", "-c", "exec wc -c >%s"]}]""".formatted(bundle.trace)));
            bundle.create();
            assertThat(Long.parseLong(bundle.traced().getFirst())).isGreaterThan(large.length());
        }
    }

    /** The kernel takes no overlapping maps, and the starter waits for them. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void idsThatCanNotBeMappedEndTheCreation(Instance instance) {
        try (Bundle bundle = new Bundle(instance)) {
            var linux = (ObjectNode) bundle.config.get("linux");
            linux.withArray("namespaces").addObject().put("type", "user");
            for (String maps : List.of("uidMappings", "gidMappings")) {
                linux.set(maps, JsonTree.read("""
                        [{"containerID": 0, "hostID": 100000, "size": 10},
                         {"containerID": 5, "hostID": 200000, "size": 10}]"""));
            }
            assertThatThrownBy(bundle::create).hasMessageContaining("gid_map");
            assertThat(bundle.state().path()).doesNotExist();
            assertThat(Leftovers.whileOpen(instance)).isEmpty();
        }
    }

    @Test
    void aStartContainerHookThatFailsEndsTheContainer(Instance instance) {
        try (Bundle bundle = new Bundle(instance).hook("startContainer", "exit 4")) {
            bundle.create();
            assertThatThrownBy(() -> bundle.containers().start(bundle.id))
                    .hasMessage("hook failed with exit code 4: /bin/sh");
            assertThat(bundle.status()).isEqualTo(Status.STOPPED);
        }
    }

    @Test
    void aPoststopHookThatFailsIsOnlyWarnedOf(Instance instance) {
        try (Bundle bundle = new Bundle(instance)
                .hook("poststart", "true")
                .hook("poststop", "exit 6")
                .hook("poststop", "true")) {
            bundle.create();
            bundle.containers().start(bundle.id);
            assertThat(bundle.status()).isEqualTo(Status.RUNNING);
            bundle.containers().delete(bundle.id, true);
            assertThat(bundle.warnings).containsExactly("poststop hook failed with exit code 6: /bin/busybox");
            assertThat(kinds(bundle)).containsExactly("poststart", "poststop", "poststop");
        }
    }

    @Test
    void aPoststartHookThatFailsEndsTheContainer(Instance instance) {
        try (Bundle bundle = new Bundle(instance)
                .hook("poststart", "exit 5")
                .hook("poststart", "true")
                .hook("poststop", "true")) {
            bundle.create();
            assertThatThrownBy(() -> bundle.containers().start(bundle.id))
                    .hasMessage("hook failed with exit code 5: /bin/busybox");
            assertThat(kinds(bundle)).containsExactly("poststart", "poststop");
            assertThat(bundle.state().path()).doesNotExist();
            assertThat(bundle.processes()).isEmpty();
        }
    }

    @Test
    void aHookThatTakesTooLongIsKilled(Instance instance) {
        try (Bundle bundle = new Bundle(instance).hook("createRuntime", "exec sleep 1000")) {
            assertThatThrownBy(bundle::create).hasMessageContaining("it did not end within 1 s and was killed");
            assertThat(bundle.state().path()).doesNotExist();
        }
    }

    @Test
    void aProgramThatIsNotThereIsToldOf(Instance instance) {
        try (Bundle bundle = new Bundle(instance).arguments("nosuch")) {
            assertThatThrownBy(bundle::create).hasMessage("exec: \"nosuch\": executable file not found in $PATH");
            assertThat(bundle.state().path()).doesNotExist();
        }
    }

    private static List<String> kinds(Bundle bundle) {
        return bundle.traced().stream().map(line -> line.split(" ", 2)[0]).toList();
    }

    private static void awaitStopped(Bundle bundle) {
        Await.until("it has stopped", DEADLINE, () -> bundle.status() == Status.STOPPED);
    }
}
