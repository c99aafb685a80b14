package org.berth.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.engine.BusyboxCondition.NeedsBusybox;
import org.berth.engine.ContainerRequest.HealthCheck;
import org.berth.engine.ContainerRequest.RestartPolicy;
import org.berth.engine.ContainerRequest.RestartPolicy.Kind;
import org.berth.engine.ContainerState.HealthStatus;
import org.berth.engine.ContainerState.Status;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** Stopping, killing, pausing, restarting, health. */
@KernelTest
@NeedsBusybox
class LifeKernelTest {
    private static final String WAITS = "trap 'echo bye; exit 7' TERM; echo ready; while true; do sleep 0.1; done";

    private static String ready(TestNode node, Samples request) {
        String id = node.start(request);
        TestNode.eventually("ready", () -> node.logs(id).contains("ready"));
        return id;
    }

    @Test
    void stopBySignalOrByForce(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            String polite = ready(node, Samples.shell(WAITS));
            node.containers().stop(polite, Optional.empty());
            assertThat(node.containers().get(polite).exitCode()).isEqualTo(7);
            assertThat(node.logs(polite)).endsWith("bye\n");
            assertThatThrownBy(() -> node.containers().stop(polite, Optional.empty()))
                    .isInstanceOfSatisfying(
                            BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_MODIFIED));
            String deaf = ready(node, Samples.shell("trap '' TERM; echo ready; while true; do sleep 0.1; done"));
            node.containers().stop(deaf, Optional.of(Duration.ofMillis(50)));
            assertThat(node.containers().get(deaf).exitCode()).isEqualTo(137);
        }
    }

    @Test
    void aRunningOneIsRemovedByForceOnly(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            String id = ready(node, Samples.shell(WAITS));
            assertThatThrownBy(() -> node.containers().start(id))
                    .isInstanceOfSatisfying(
                            BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_MODIFIED));
            assertThatThrownBy(() -> node.containers().remove(id, false, false)).hasMessageContaining("is running");
            node.containers().remove(id, true, false);
            assertThat(node.containers().list()).isEmpty();
        }
    }

    @Test
    void pause(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            String id = ready(node, Samples.shell(WAITS));
            node.containers().pause(id);
            assertThat(node.containers().get(id).status()).isEqualTo(Status.PAUSED);
            node.containers().unpause(id);
            node.containers().pause(id);
            node.containers().stop(id, Optional.empty());
            assertThat(node.containers().get(id).exitCode()).isEqualTo(7);
        }
    }

    @Test
    void restartsByItsPolicy(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            Samples request = Samples.shell("echo run; exit 5");
            request.restart = new RestartPolicy(Kind.ON_FAILURE, 2);
            String id = node.start(request);
            TestNode.eventually(
                    "ended for good", () -> node.containers().get(id).status() == Status.EXITED);
            assertThat(node.containers().get(id).restarts()).isEqualTo(2);
            assertThat(node.logs(id)).isEqualTo("run\nrun\nrun\n");
            Samples always = Samples.shell("exit 0");
            always.restart = new RestartPolicy(Kind.ALWAYS, 0);
            String second = node.start(always);
            TestNode.eventually(
                    "three restarts", () -> node.containers().get(second).restarts() >= 3);
            TestNode.eventually("stopped", () -> {
                try {
                    node.containers().stop(second, Optional.of(Duration.ZERO));
                } catch (BerthException e) {
                    // between an end and the next start
                }
                return node.containers().get(second).status() == Status.EXITED;
            });
        }
    }

    @Test
    void healthFollowsItsProbes(Instance instance) throws Exception {
        try (TestNode node = new TestNode(instance).withTiny()) {
            List<String> seen = new java.util.concurrent.CopyOnWriteArrayList<>();
            try (AutoCloseable events = node.engine.events().subscribe(event -> seen.add(event.action()))) {
                Samples request = Samples.shell(WAITS);
                request.healthCheck = Optional.of(new HealthCheck(
                        List.of("/bin/sh", "-c", "cat /tmp/well && echo fine"),
                        Duration.ofMillis(50),
                        Duration.ofSeconds(5),
                        2,
                        Duration.ZERO,
                        Duration.ZERO));
                String id = ready(node, request);
                TestNode.eventually("unhealthy", () -> health(node, id) == HealthStatus.UNHEALTHY);
                assertThat(node.containers().get(id).health().log().getLast().output())
                        .contains("/tmp/well");
                exec(node, id, "touch", "/tmp/well");
                TestNode.eventually("healthy", () -> health(node, id) == HealthStatus.HEALTHY);
                assertThat(seen).contains("health_status: unhealthy", "health_status: healthy");
                assertThat(node.containers().get(id).execs()).hasSizeLessThanOrEqualTo(1);
            }
        }
    }

    @Test
    void aProbeThatHangsIsEnded(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            Samples request = Samples.shell(WAITS);
            request.healthCheck = Optional.of(new HealthCheck(
                    List.of("sleep", "1000"),
                    Duration.ofMillis(50),
                    Duration.ofMillis(100),
                    1,
                    Duration.ZERO,
                    Duration.ZERO));
            String id = ready(node, request);
            TestNode.eventually("unhealthy", () -> health(node, id) == HealthStatus.UNHEALTHY);
            assertThat(node.containers().get(id).health().log().getLast().output())
                    .contains("did not end within 100 ms");
        }
    }

    @Test
    void eventsInDockersWords(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            Instant before = Instant.now();
            String id = node.start(Samples.shell("exit 3"));
            node.end(id);
            node.containers().remove(id, false, false);
            assertThat(node.engine.events().since(before))
                    .filteredOn(event -> event.id().equals(id))
                    .extracting(Events.Event::action)
                    .containsExactly("create", "start", "die", "destroy");
            assertThat(node.engine.events().since(before))
                    .filteredOn(event -> event.action().equals("die"))
                    .allMatch(event -> "3".equals(event.attributes().get("exitCode")));
        }
    }

    @Test
    void execs(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            String id = ready(node, Samples.shell(WAITS));
            assertThat(exec(node, id, "/bin/sh", "-c", "echo $HOME; exit 9")).isEqualTo("/root\n");
            assertThat(node.containers().get(id).execs()).hasSize(1);
            String execId = node.containers().get(id).execs().getFirst();
            assertThat(node.containers().exec(execId).exitCode()).contains(9);
            assertThatThrownBy(() -> exec(node, id, "nothere")).hasMessageContaining("nothere");
        }
    }

    private static String exec(TestNode node, String id, String... command) {
        String execId = node.containers()
                .createExec(
                        id,
                        new Containers.ExecRequest(
                                List.of(command), List.of(), Optional.empty(), Optional.empty(), false, false));
        try (Containers.Streams streams = node.containers().startExec(execId)) {
            return TestNode.readAll(streams);
        }
    }

    private static HealthStatus health(TestNode node, String id) {
        return node.containers().get(id).health().status();
    }
}
