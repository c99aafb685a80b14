package org.berth.runtime.oci.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import org.berth.base.BerthException;
import org.berth.base.Instance;
import org.berth.base.JsonTree;
import org.berth.testing.Await;
import org.berth.testing.KernelTest;
import org.berth.testing.Leftovers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
            var linux = (tools.jackson.databind.node.ObjectNode) bundle.config.get("linux");
            linux.set("seccomp", JsonTree.read("""
                    {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"action": "SCMP_ACT_ALLOW",
                      "names": ["read", "write", "close", "execve", "exit_group", "exit"]}]}"""));
            ((tools.jackson.databind.node.ObjectNode) bundle.config.get("process")).put("noNewPrivileges", true);
            bundle.create();
            assertThat(bundle.status()).isEqualTo(Status.CREATED);
            bundle.containers().start(bundle.id);
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
