package org.berth.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.berth.compose.Limits;
import org.berth.control.NodeObservation;
import org.berth.control.ObservedTask;
import org.berth.control.TaskLabels;
import org.berth.control.TaskSpec;
import org.berth.engine.ContainerRequest;
import org.berth.engine.ContainerState;
import org.berth.engine.Containers;
import org.berth.server.fixture.MemoryEngine;
import org.berth.testing.Await;
import org.junit.jupiter.api.Test;

/** This machine as control's node, on an engine in memory. */
class LocalNodeTest {
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private final MemoryEngine engine = new MemoryEngine();
    private final Containers containers = engine.containers();
    private final LocalNode node = new LocalNode(engine, Instant.EPOCH, Instant.EPOCH);

    private static TaskSpec spec(Map<String, String> labels) {
        return new TaskSpec(
                "shop",
                "web",
                1,
                "shop-web-1",
                "hash",
                "debian",
                "debian",
                Optional.empty(),
                Optional.of(List.of("exit", "3")),
                Map.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                labels,
                List.of(),
                List.of(),
                List.of(),
                Limits.NONE,
                Optional.empty(),
                OptionalInt.empty(),
                Duration.ofSeconds(1),
                false,
                false,
                Optional.empty(),
                Optional.empty());
    }

    /** As {@code docker run --label com.docker.compose.project=shop} asks for it. */
    private static ContainerRequest byHand(ContainerRequest other) {
        return other.change()
                .name(Optional.of("mine"))
                .labels(Map.of(TaskLabels.PROJECT, "shop"))
                .build();
    }

    private String dead() {
        String id = node.createTask(spec(Map.of()));
        node.startTask(id);
        Await.until(
                "the task has ended",
                DEADLINE,
                () -> node.observe("shop").tasks().getFirst().state() == ObservedTask.State.EXITED);
        return id;
    }

    @Test
    void aDeadTaskIsKeptAsideUntilTheNextOne() {
        String first = dead();
        node.setAside(first);
        node.setAside(first);
        assertThat(node.observe("shop").tasks()).isEmpty();
        assertThat(node.observe("shop").pastRuns()).containsExactly(new NodeObservation.PastRun(first, "web", 1));
        assertThat(containers.get("shop-web-1-previous").id()).isEqualTo(first);

        String second = dead();
        node.setAside(second);
        assertThat(node.observe("shop").pastRuns()).containsExactly(new NodeObservation.PastRun(second, "web", 1));
        assertThat(containers.list()).hasSize(1);
    }

    @Test
    void aContainerThatOnlyBearsTheLabelIsNotOurs() {
        ContainerState ours = containers.get(node.createTask(spec(Map.of())));
        containers.create(byHand(ours.request()));
        NodeObservation seen = node.observe("shop");
        assertThat(seen.tasks()).extracting(ObservedTask::containerId).containsExactly(ours.id());
        assertThat(seen.oneOffs()).isEmpty();
    }
}
