package org.berth.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.engine.BusyboxCondition.NeedsBusybox;
import org.berth.engine.ContainerRequest.HealthCheck;
import org.berth.engine.ContainerRequest.RestartPolicy;
import org.berth.engine.ContainerRequest.RestartPolicy.Kind;
import org.berth.engine.ContainerState.HealthStatus;
import org.berth.engine.ContainerState.Status;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.runtime.Resources;
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
            List<String> seen = new CopyOnWriteArrayList<>();
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
                TestNode.eventually(
                        "told", () -> seen.containsAll(List.of("health_status: unhealthy", "health_status: healthy")));
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
            String execId = node.containers()
                    .createExec(
                            id,
                            new Containers.ExecRequest(
                                    List.of("/bin/sh", "-c", "echo $HOME; exit 9"),
                                    List.of(),
                                    Optional.empty(),
                                    Optional.empty(),
                                    false,
                                    false));
            assertThat(node.containers().get(id).execs()).containsExactly(execId);
            try (Containers.Streams streams = node.containers().startExec(execId)) {
                assertThat(TestNode.readAll(streams)).isEqualTo("/root\n");
            }
            assertThat(node.containers().exec(execId).exitCode()).contains(9);
            assertThat(node.containers().get(id).execs()).isEmpty();
            assertThatThrownBy(() -> exec(node, id, "nothere")).hasMessageContaining("nothere");
        }
    }

    /** Much output through an exec arrives whole, and its disk is given back meanwhile. */
    @Test
    void aLongExec(Instance instance) throws IOException {
        try (TestNode node = new TestNode(instance).withTiny()) {
            String id = ready(node, Samples.shell(WAITS));
            String execId = node.containers()
                    .createExec(
                            id,
                            new Containers.ExecRequest(
                                    List.of("/bin/sh", "-c", "yes 0123456789abcde | head -n 2000000; read x; echo $x"),
                                    List.of(),
                                    Optional.empty(),
                                    Optional.empty(),
                                    false,
                                    true));
            Path log = new LiveExecPath(instance, id, execId).log();
            try (Containers.Streams streams = node.containers().startExec(execId)) {
                long size = 0;
                while (size < 32_000_000) {
                    size += streams.next().orElseThrow().bytes().length;
                }
                assertThat(blocks(log) * 512).isLessThan(8 << 20);
                streams.input().write("end\n".getBytes(StandardCharsets.UTF_8));
                assertThat(TestNode.readAll(streams)).isEqualTo("end\n");
            }
            assertThat(log).doesNotExist();
        }
    }

    private record LiveExecPath(Instance instance, String id, String execId) {
        Path log() {
            return instance.root()
                    .resolve("containers")
                    .resolve(id)
                    .resolve("execs")
                    .resolve(execId)
                    .resolve("log.frames");
        }
    }

    /** Half-kilobytes that a file takes on disk (stat(2)). */
    private static long blocks(Path file) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment status = arena.allocate(144, 8);
            SystemCalls.call(
                    "stat " + file,
                    SystemCallNumber.STAT,
                    SystemCalls.text(arena, file.toString()).address(),
                    status.address());
            return status.get(ValueLayout.JAVA_LONG, 64);
        }
    }

    @Test
    void outOfMemory(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            Samples request = Samples.run("dd", "if=/dev/zero", "of=/dev/null", "bs=64M", "count=2");
            request.resources = new Resources(OptionalLong.of(16 << 20), OptionalDouble.empty(), OptionalLong.empty());
            Instant before = Instant.now();
            String id = node.start(request);
            assertThat(node.end(id).code()).isEqualTo(137);
            assertThat(node.containers().get(id).outOfMemory()).isTrue();
            assertThat(node.engine.events().since(before))
                    .extracting(Events.Event::action)
                    .contains("oom");
        }
    }

    @Test
    void whatItUsesAndWhatIsolatesIt(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            String id = ready(node, Samples.shell(WAITS));
            assertThat(node.containers().usage(id))
                    .hasValueSatisfying(usage -> assertThat(usage.memoryBytes()).isPositive());
            assertThat(node.containers().processes(id))
                    .contains(node.containers().get(id).pid());
            node.containers()
                    .update(id, new Resources(OptionalLong.of(64 << 20), OptionalDouble.empty(), OptionalLong.empty()));
            assertThat(node.containers().usage(id))
                    .hasValueSatisfying(
                            usage -> assertThat(usage.memoryLimitBytes()).isEqualTo(64 << 20));
            assertThat(node.containers().explain(id).program()).isNotEmpty();
        }
    }

    /** As logs -f has it: all there is, then what comes, until the end. */
    @Test
    void aFollowedLogEndsWithItsContainer(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            String id = ready(node, Samples.shell(WAITS));
            StringBuilder seen = new StringBuilder();
            Thread stopper = Thread.startVirtualThread(() -> {
                TestNode.eventually("seen", () -> seen.length() > 0);
                node.containers().stop(id, Optional.empty());
            });
            node.containers()
                    .logs(
                            id,
                            new Containers.LogQuery(
                                    true, true, true, Optional.empty(), Optional.empty(), Optional.empty()),
                            frame -> {
                                synchronized (seen) {
                                    seen.append(new String(frame.bytes(), StandardCharsets.UTF_8));
                                }
                                return true;
                            });
            assertThat(seen).hasToString("ready\nbye\n");
            assertThat(stopper.isInterrupted()).isFalse();
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
