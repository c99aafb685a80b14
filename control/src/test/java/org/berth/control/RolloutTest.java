package org.berth.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.compose.Project;
import org.berth.control.ProjectStatus.State;
import org.junit.jupiter.api.Test;

/** What an update, a death, a wait look like, step by step; actions work at once, time is given. */
class RolloutTest {
    private Instant now = Projects.START;
    private final SimulatedNode node = new SimulatedNode(() -> now);
    private final List<String> said = new ArrayList<>();

    private static Project web(String more) {
        return Projects.project("""
                name: shop
                services:
                  web:
                    image: web
                    restart: always
                    %s
                """.formatted(more));
    }

    private ProjectCore up(Project project) {
        ProjectCore core = new ProjectCore(Projects.desired(project, "1"), "node", Timing.DEFAULT);
        settle(core);
        node.containers.values().stream()
                .filter(container -> container.health == ObservedTask.Health.STARTING)
                .forEach(container -> container.health = ObservedTask.Health.HEALTHY);
        settle(core);
        assertThat(core.status(node.observe("shop"), now).settled()).isTrue();
        said.clear();
        return core;
    }

    private void settle(ProjectCore core) {
        while (look(core)) {
            // until nothing is to be done now
        }
    }

    /** One look, its actions done at once. @return whether there were any */
    private boolean look(ProjectCore core) {
        ProjectCore.Step step = core.step(node.observe("shop"), now);
        for (Action action : step.actions()) {
            said.add(words(action));
            switch (action) {
                case Action.EnsureNetwork(var network) -> node.ensureNetwork(network);
                case Action.EnsureVolume(var volume) -> node.ensureVolume(volume);
                case Action.Create(TaskSpec spec) -> node.createTask(spec);
                case Action.Start(String task, String id) -> node.startTask(id);
                case Action.Stop(String task, String id, var grace) -> node.stopTask(id, grace);
                case Action.Remove remove -> node.removeTask(remove.containerId());
                case Action.SetAside past -> node.setAside(past.containerId());
                case Action.RemoveOther(String id) -> node.removeTask(id);
                case Action.SetEndpoints(ServiceEndpoints endpoints) -> node.setEndpoints(endpoints);
                default -> throw new AssertionError(action);
            }
            core.ended(action, List.of(), List.of(), now);
        }
        return !step.actions().isEmpty();
    }

    private String words(Action action) {
        return switch (action) {
            case Action.Create(TaskSpec spec) -> "create " + spec.number();
            case Action.Start(String task, String id) -> "start " + number(id);
            case Action.Stop(String task, String id, var grace) -> "stop " + number(id);
            case Action.Remove remove -> "remove " + number(remove.containerId());
            case Action.SetAside past -> "aside " + number(past.containerId());
            case Action.RemoveOther(String id) -> "forget " + id;
            case Action.SetEndpoints(ServiceEndpoints endpoints) ->
                "balance "
                        + endpoints.tasks().stream()
                                .map(endpoint -> number(endpoint.containerId()))
                                .toList();
            default -> action.key();
        };
    }

    private int number(String id) {
        SimulatedNode.Container container = node.containers.get(id);
        return container == null ? -1 : container.spec.number();
    }

    private void pass(ProjectCore core, Duration time) {
        now = now.plus(time);
        settle(core);
    }

    private static Desired next(ProjectCore core) {
        Desired before = core.desired();
        Map<String, String> images = new HashMap<>(before.images());
        images.replaceAll((name, image) -> image + "'");
        return new Desired(
                before.project(),
                before.revision() + 1,
                before.created(),
                before.replicas(),
                images,
                Map.of(),
                Map.of(),
                before.ids(),
                Optional.empty());
    }

    private ProjectStatus.ServiceStatus web(ProjectCore core) {
        return core.status(node.observe("shop"), now).service("web").orElseThrow();
    }

    private SimulatedNode.Container container(int number) {
        return node.ofService("web").stream()
                .filter(container -> container.spec.number() == number)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void stopFirstReplacesOneAfterTheOther() {
        ProjectCore core = up(web("scale: 2"));

        core.want(next(core), now);
        settle(core);
        assertThat(said).containsExactly("balance [2]");
        assertThat(web(core).state()).isEqualTo(State.UPDATING);

        pass(core, Duration.ofSeconds(2));
        assertThat(said).containsExactly("balance [2]", "stop 1", "remove 1", "create 1", "start 1", "balance [1, 2]");

        said.clear();
        pass(core, Duration.ofSeconds(2));
        pass(core, Duration.ofSeconds(2));
        assertThat(said).containsExactly("balance [1]", "stop 2", "remove 2", "create 2", "start 2", "balance [1, 2]");
        assertThat(web(core).state()).isEqualTo(State.READY);
    }

    @Test
    void startFirstHasTheNewOneInBalanceBeforeTheOldOneGoes() {
        ProjectCore core = up(web("""
                scale: 1
                    healthcheck: { test: check }
                    deploy: { update_config: { order: start-first } }"""));

        core.want(next(core), now);
        settle(core);
        assertThat(said).containsExactly("create 2", "start 2");

        pass(core, Duration.ofSeconds(30));
        assertThat(said).as("nothing goes while the new one is not healthy").hasSize(2);

        container(2).health = ObservedTask.Health.HEALTHY;
        settle(core);
        assertThat(said).containsExactly("create 2", "start 2", "balance [2]");
        pass(core, Duration.ofSeconds(2));
        assertThat(said).containsExactly("create 2", "start 2", "balance [2]", "stop 1", "remove 1");
    }

    @Test
    void allAtOnceKeepsOneThatAnswers() {
        ProjectCore core = up(web("scale: 3\n    deploy: { update_config: { parallelism: 0 } }"));

        core.want(next(core), now);
        settle(core);
        assertThat(said).containsExactly("balance [3]");
        pass(core, Duration.ofSeconds(2));
        assertThat(said).contains("stop 1", "stop 2", "create 1", "create 2").doesNotContain("stop 3");
        pass(core, Duration.ofSeconds(2));
        pass(core, Duration.ofSeconds(2));
        assertThat(said).contains("stop 3", "create 3");
        assertThat(web(core).state()).isEqualTo(State.READY);
    }

    @Test
    void aFailingNewFormStopsTheUpdate() {
        ProjectCore core = up(web("scale: 3"));
        core.want(next(core), now);
        settle(core);
        pass(core, Duration.ofSeconds(2));

        for (int i = 0; i < 5; i++) {
            node.end(container(1), 3, false);
            settle(core);
            pass(core, Duration.ofSeconds(60));
            node.end(container(1), 3, false);
            settle(core);
        }

        assertThat(said).doesNotContain("stop 2", "stop 3");
        assertThat(web(core).state()).isEqualTo(State.UPDATING);
        assertThat(web(core).reason()).startsWith("shop-web-1 exited with code 3, tried again in ");
        assertThat(web(core).ready()).isEqualTo(2);
    }

    @Test
    void withContinueItGoesOn() {
        ProjectCore core = up(web("scale: 3\n    deploy: { update_config: { failure_action: continue } }"));
        core.want(next(core), now);
        settle(core);
        pass(core, Duration.ofSeconds(2));
        node.end(container(1), 3, false);
        settle(core);
        pass(core, Duration.ofSeconds(2));
        pass(core, Duration.ofSeconds(2));
        assertThat(said).contains("stop 2");
    }

    @Test
    void waitsTheDelayBetweenReplacements() {
        ProjectCore core = up(web("scale: 2\n    deploy: { update_config: { delay: 30s } }"));
        core.want(next(core), now);
        settle(core);
        pass(core, Duration.ofSeconds(2));
        assertThat(said).contains("start 1");
        said.clear();
        pass(core, Duration.ofSeconds(20));
        assertThat(said).isEmpty();
        pass(core, Duration.ofSeconds(10));
        assertThat(said).contains("balance [1]");
    }

    @Test
    void theWaitBeforeAReplacementDoublesUpToAMinute() {
        ProjectCore core = up(web("scale: 1"));
        List<Long> waits = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            node.end(container(1), 1, false);
            settle(core);
            Instant died = now;
            while (!container(1).running()) {
                pass(core, Duration.ofMillis(500));
            }
            waits.add(Duration.between(died, now).toSeconds());
        }
        assertThat(waits).containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 60L, 60L);

        pass(core, Duration.ofSeconds(61));
        node.end(container(1), 1, false);
        settle(core);
        pass(core, Duration.ofSeconds(1));
        assertThat(container(1).running())
                .as("a task that ran a while begins anew")
                .isTrue();
    }

    @Test
    void onFailureGivesUpAfterItsRetries() {
        ProjectCore core =
                up(Projects.project("name: shop\nservices:\n  web: { image: web, restart: \"on-failure:2\" }\n"));
        for (int i = 0; i < 3; i++) {
            node.end(container(1), 7, false);
            settle(core);
            pass(core, Duration.ofSeconds(60));
        }
        assertThat(container(1).running()).isFalse();
        assertThat(web(core).state()).isEqualTo(State.FAILED);
        assertThat(web(core).reason())
                .isEqualTo("shop-web-1 exited with code 7 and stays down: it was tried 2 times again");

        now = now.plusSeconds(1);
        core.want(core.desired(), now);
        settle(core);
        assertThat(container(1).running())
                .as("asked for again, it is tried again")
                .isTrue();
    }

    @Test
    void onlyWhatIsAskedForIsTriedAgain() {
        ProjectCore core = up(Projects.project(
                "name: shop\nservices:\n  web: { image: web }\n  other: { image: other, restart: always }\n"));
        node.end(container(1), 4, false);
        settle(core);
        now = now.plusSeconds(1);
        core.want(core.desired(), Set.of("other"), now);
        settle(core);
        assertThat(web(core).state()).isEqualTo(State.FAILED);

        core.want(core.desired(), Set.of("web"), now);
        settle(core);
        assertThat(web(core).state()).isEqualTo(State.READY);
    }

    @Test
    void aServiceThatGrowsIsNotDegraded() {
        ProjectCore core = up(web("scale: 1\n    healthcheck: { test: check }"));
        core.want(core.desired().withReplicas(Map.of("web", 2)), now);
        settle(core);
        assertThat(web(core).state()).isEqualTo(State.STARTING);
    }

    @Test
    void noRestartStaysEnded() {
        ProjectCore core = up(Projects.project("name: shop\nservices:\n  web: { image: web }\n"));
        node.end(container(1), 0, false);
        settle(core);
        pass(core, Duration.ofMinutes(5));
        assertThat(web(core).state()).isEqualTo(State.DONE);
        assertThat(container(1).running()).isFalse();
    }

    @Test
    void aTaskThatStaysDownSaysWhy() {
        ProjectCore core = up(Projects.project("name: shop\nservices:\n  web: { image: web }\n"));
        node.end(container(1), 7, false);
        settle(core);
        pass(core, Duration.ofMinutes(5));
        assertThat(web(core).state()).isEqualTo(State.FAILED);
        assertThat(web(core).tasks().getFirst().reason())
                .isEqualTo("exited with code 7 and stays down: its restart policy is no");
    }

    @Test
    void aServiceWithAHealthCheckIsKeptHealthyUnlessTheFileSaysOtherwise() {
        String file = "name: shop\nservices:\n  web: { image: web, healthcheck: { test: check }%s }\n";
        ProjectCore core = up(Projects.project(file.formatted("")));
        node.end(container(1), 0, false);
        settle(core);
        pass(core, Duration.ofSeconds(1));
        assertThat(container(1).running()).isTrue();

        node.containers.clear();
        core = up(Projects.project(file.formatted(", restart: \"no\"")));
        container(1).health = ObservedTask.Health.UNHEALTHY;
        settle(core);
        pass(core, Duration.ofMinutes(5));
        assertThat(container(1).running()).as("left as it is").isTrue();
        assertThat(web(core).tasks().getFirst().reason()).isEqualTo("its health check fails");
    }

    @Test
    void aJobThatEndedWellIsDoneAtOnce() {
        ProjectCore core = up(Projects.project("name: shop\nservices:\n  web: { image: web }\n"));
        node.end(container(1), 0, false);
        assertThat(web(core).state()).isEqualTo(State.DONE);
        assertThat(web(core).tasks().getFirst().ended()).contains(now);
    }

    @Test
    void countsReplacementsAndNotEnds() {
        ProjectCore core = up(web("scale: 1"));
        node.end(container(1), 1, false);
        settle(core);
        assertThat(web(core).tasks().getFirst().restarts())
                .as("dead, and not replaced yet")
                .isZero();
        pass(core, Duration.ofSeconds(1));
        assertThat(web(core).tasks().getFirst().restarts()).isEqualTo(1);

        core.want(core.desired(), now);
        assertThat(web(core).tasks().getFirst().restarts())
                .as("asked for again without a change")
                .isEqualTo(1);
        core.want(next(core), now);
        pass(core, Duration.ofSeconds(2));
        assertThat(web(core).tasks().getFirst().restarts())
                .as("of another form")
                .isZero();
    }

    @Test
    void whatEndedWithTheNodeBeginsAgainWhateverItsPolicy() {
        ProjectCore core = up(Projects.project("name: shop\nservices:\n  web: { image: web }\n"));
        node.end(container(1), 255, true);
        settle(core);
        assertThat(container(1).running()).isTrue();
        assertThat(web(core).state()).isEqualTo(State.READY);
    }

    @Test
    void anUnhealthyTaskLeavesTheBalanceAndIsReplaced() {
        ProjectCore core = up(web("scale: 2\n    healthcheck: { test: check }"));
        container(2).health = ObservedTask.Health.UNHEALTHY;
        settle(core);
        assertThat(said).containsExactly("balance [1]");
        pass(core, Duration.ofSeconds(2));
        assertThat(said).containsExactly("balance [1]", "stop 2");
        assertThat(web(core).reason())
                .isEqualTo("shop-web-2 was stopped because its health check failed, tried again in 1 s");
        pass(core, Duration.ofSeconds(1));
        assertThat(said).containsExactly("balance [1]", "stop 2", "aside 2", "create 2", "start 2");
    }

    @Test
    void theWriterOfAVolumeIsNeverTwo() {
        ProjectCore core = up(Projects.project("""
                name: shop
                services:
                  web:
                    image: web
                    volumes: ["data:/data"]
                    deploy: { update_config: { order: start-first } }
                volumes: { data: }
                """));
        core.want(next(core), now);
        settle(core);
        pass(core, Duration.ofSeconds(2));
        assertThat(said).containsExactly("balance []", "stop 1", "remove 1", "create 1", "start 1", "balance [1]");
    }

    @Test
    void theLastRunOfAPlaceIsKeptWhileThereIsThePlace() {
        ProjectCore core = up(web("scale: 2"));
        String first = container(2).id;
        node.end(container(2), 1, false);
        settle(core);
        pass(core, Duration.ofSeconds(1));
        assertThat(aside()).containsExactly(first);

        String second = container(2).id;
        node.end(container(2), 1, false);
        settle(core);
        pass(core, Duration.ofSeconds(2));
        assertThat(aside()).containsExactly(second);

        core.want(next(core), now);
        for (int i = 0; i < 4; i++) {
            pass(core, Duration.ofSeconds(2));
        }
        assertThat(web(core).state()).isEqualTo(State.READY);
        assertThat(aside()).as("an update leaves it").containsExactly(second);

        core.want(core.desired().withReplicas(Map.of("web", 1)), now);
        settle(core);
        pass(core, Duration.ofSeconds(2));
        assertThat(aside()).isEmpty();
    }

    private List<String> aside() {
        return node.aside.values().stream().map(container -> container.id).toList();
    }

    @Test
    void noMoreIsBegunThanMayBeUnderWay() {
        ProjectCore core = up(web("scale: 1"));
        core.want(core.desired().withReplicas(Map.of("web", 100)), now);
        List<Action> first = core.step(node.observe("shop"), now).actions();
        assertThat(first).hasSize(ProjectCore.IN_FLIGHT_MAX);
        assertThat(core.step(node.observe("shop"), now).actions()).isEmpty();

        core.ended(first.getFirst(), List.of(), List.of(), now);
        assertThat(core.step(node.observe("shop"), now).actions()).hasSize(1);
    }

    @Test
    void scalesDownFromTheHighestNumber() {
        ProjectCore core = up(web("scale: 3"));
        core.want(core.desired().withReplicas(Map.of("web", 1)), now);
        settle(core);
        pass(core, Duration.ofSeconds(2));
        assertThat(said).containsExactly("balance [1]", "stop 2", "stop 3", "remove 2", "remove 3");
    }

    @Test
    void nothingIsDoneAtRest() {
        ProjectCore core = up(web("scale: 2"));
        ProjectCore.Step step = core.step(node.observe("shop"), now.plus(Duration.ofHours(1)));
        assertThat(step.actions()).isEmpty();
        assertThat(step.lookAgain()).isEmpty();
    }

    /** Found by the simulator: the balance was being set when the task became unhealthy. */
    @Test
    void noTaskIsStoppedWhileItIsComingIntoBalance() {
        ProjectCore core = up(web("scale: 1\n    healthcheck: { test: check }"));
        node.removeTask(container(1).id);
        settle(core);
        container(1).health = ObservedTask.Health.HEALTHY;
        ProjectCore.Step step = core.step(node.observe("shop"), now);
        assertThat(step.actions()).hasOnlyElementsOfType(Action.SetEndpoints.class);

        container(1).health = ObservedTask.Health.UNHEALTHY;
        for (int i = 0; i < 10; i++) {
            now = now.plusSeconds(1);
            assertThat(core.step(node.observe("shop"), now).actions()).isEmpty();
        }

        core.ended(step.actions().getFirst(), List.of(), List.of(), now);
        said.clear();
        settle(core);
        pass(core, Duration.ofSeconds(2));
        assertThat(said).startsWith("balance []", "stop 1");
    }
}
