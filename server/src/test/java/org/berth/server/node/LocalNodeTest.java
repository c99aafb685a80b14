package org.berth.server.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.berth.base.AtomicFiles;
import org.berth.compose.ComposeFiles;
import org.berth.compose.Jail;
import org.berth.compose.Limits;
import org.berth.compose.LoadRequest;
import org.berth.compose.Project;
import org.berth.control.NodeObservation;
import org.berth.control.ObservedTask;
import org.berth.control.TaskLabels;
import org.berth.control.TaskSpec;
import org.berth.engine.ContainerRequest;
import org.berth.engine.ContainerState;
import org.berth.engine.Containers;
import org.berth.engine.JailRequest;
import org.berth.server.fixture.MemoryEngine;
import org.berth.testing.Await;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** This machine as control's node, on an engine in memory. */
class LocalNodeTest {
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    private final MemoryEngine engine = new MemoryEngine();
    private final Containers containers = engine.containers();
    private final LocalNode node = new LocalNode(engine, Instant.EPOCH, Instant.EPOCH);

    private static TaskSpec spec(Map<String, String> labels) {
        return spec("web", 1, "exit 3", labels, Optional.empty());
    }

    private static TaskSpec spec(
            String service, int number, String command, Map<String, String> labels, Optional<Jail> jail) {
        return new TaskSpec(
                "shop",
                service,
                number,
                "shop-" + service + "-" + number,
                "hash",
                "debian",
                "debian",
                Optional.empty(),
                Optional.of(List.of(command.split(" ", -1))),
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
                jail);
    }

    private String start(TaskSpec spec) {
        String id = node.createTask(spec);
        node.startTask(id);
        return id;
    }

    private TaskSpec joining(int number) {
        Path file = folder.resolve("compose.yaml");
        AtomicFiles.write(file, """
                services:
                  web: { image: a, ipc: shareable }
                  peer: { image: a, pid: "service:web", ipc: "service:web" }
                """.getBytes(StandardCharsets.UTF_8));
        Project project = ComposeFiles.load(LoadRequest.of(folder, Map.of())).project();
        return spec(
                "peer",
                number,
                "sleep",
                Map.of(),
                project.services().values().stream()
                        .flatMap(service -> service.jail().stream())
                        .filter(jail -> !jail.joinedServices().isEmpty())
                        .findFirst());
    }

    private JailRequest jail(String containerId) {
        return containers.get(containerId).request().jail().orElseThrow();
    }

    @Test
    void aServicesNamespacesAreThoseOfATaskThatRuns() {
        assertThatThrownBy(() -> node.createTask(joining(2))).hasMessageContaining("no task of service web runs");
        String first = start(spec("web", 1, "sleep", Map.of(), Optional.empty()));
        String peer = node.createTask(joining(2));
        assertThat(jail(peer).processesOf()).contains(first);
        assertThat(jail(peer).ipcOf()).contains(first);
        String second = start(spec("web", 2, "sleep", Map.of(), Optional.empty()));
        assertThat(jail(node.createTask(joining(3))).processesOf()).contains(first);
        containers.remove(peer, true, true);
        assertThat(jail(node.createTask(joining(2))).processesOf()).contains(second);
    }

    @Test
    void aTaskIsMadeAnewWhenWhatItWasToJoinIsGone() {
        String first = start(spec("web", 1, "sleep", Map.of(), Optional.empty()));
        String peer = node.createTask(joining(1));
        containers.remove(first, true, true);
        assertThatThrownBy(() -> node.startTask(peer)).hasMessageContaining("made anew");
        assertThat(containers.find(peer)).isEmpty();
        String second = start(spec("web", 1, "sleep", Map.of(), Optional.empty()));
        assertThat(jail(start(joining(1))).processesOf()).contains(second);
        node.removeTask(second);
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
