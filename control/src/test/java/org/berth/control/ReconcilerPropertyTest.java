package org.berth.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;
import org.berth.compose.Project;
import org.berth.compose.Service;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: whatever happens, the reconciler brings a project to what was asked for, and on the way breaks
 * none of {@link Simulation}'s invariants. Method: random projects, wishes and faults on a simulated
 * node; the seed is the test's name, and replays it.
 */
class ReconcilerPropertyTest {
    /** More with {@code -Dberth.seeds=N}; {@code -Dberth.seed=N} runs only that one. */
    private static final int SEEDS = 40;

    private static final Duration SETTLES_WITHIN = Duration.ofMinutes(20);

    static LongStream seeds() {
        Long only = Long.getLong("berth.seed");
        return only == null ? LongStream.range(0, Integer.getInteger("berth.seeds", SEEDS)) : LongStream.of(only);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void convergesAfterKillsFlipsAndRestarts(long seed) {
        Random random = random(seed);
        Simulation simulation = new Simulation(seed, Projects.desired(project(random), "1"));
        simulation.failing(0.1);
        for (int i = 0; i < 30; i++) {
            simulation.run(Duration.ofMillis(random.nextInt(6_000)));
            disturb(simulation, random);
        }
        simulation.failing(0);
        simulation.run(Duration.ofSeconds(1));
        simulation.runUntil("settled", SETTLES_WITHIN, () -> settled(simulation));
        assertAsAsked(simulation);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void anUpdateOfTwoOrMoreReplicasAlwaysServes(long seed) {
        Random random = random(seed);
        Simulation simulation = new Simulation(seed, Projects.desired(project(random), "1"));
        simulation.runUntil("settled", SETTLES_WITHIN, () -> settled(simulation));
        simulation.checkAlwaysServed(true);
        int updates = 1 + random.nextInt(3);
        for (int i = 0; i < updates; i++) {
            simulation.want(changed(simulation.desired(), random));
            simulation.run(Duration.ofMillis(random.nextInt(20_000)));
        }
        simulation.runUntil("settled", SETTLES_WITHIN, () -> settled(simulation));
        assertAsAsked(simulation);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void downLeavesNothing(long seed) {
        Random random = random(seed);
        Simulation simulation = new Simulation(seed, Projects.desired(project(random), "1"));
        simulation.failing(0.05);
        for (int i = 0; i < random.nextInt(10); i++) {
            simulation.run(Duration.ofMillis(random.nextInt(6_000)));
            disturb(simulation, random);
        }
        boolean volumes = random.nextBoolean();
        boolean hadVolumes = !simulation.node.volumes.isEmpty();
        simulation.want(simulation.desired().withRemoval(new Desired.Removal(volumes, Optional.empty())));
        if (random.nextInt(3) == 0) {
            simulation.run(Duration.ofMillis(random.nextInt(3_000)));
            simulation.restartDaemon();
        }
        simulation.runUntil("gone", SETTLES_WITHIN, simulation::gone);
        assertThat(simulation.node.containers).isEmpty();
        assertThat(simulation.node.aside).isEmpty();
        assertThat(simulation.node.networks).isEmpty();
        assertThat(simulation.node.endpoints).isEmpty();
        if (volumes) {
            assertThat(simulation.node.volumes).isEmpty();
        } else if (hadVolumes) {
            assertThat(simulation.node.volumes).isNotEmpty();
        }
    }

    /** Random's first numbers of neighbouring seeds are alike, so the seeds are spread. */
    static Random random(long seed) {
        return new Random((seed + 1) * 0x9E37_79B9_7F4A_7C15L);
    }

    private static boolean settled(Simulation simulation) {
        return simulation.settled()
                && simulation.node.containers.values().stream()
                        .allMatch(container ->
                                simulation.desired().project().services().containsKey(container.spec.service()));
    }

    private static void assertAsAsked(Simulation simulation) {
        Desired desired = simulation.desired();
        for (Service service : desired.project().services().values()) {
            List<SimulatedNode.Container> containers = simulation.node.ofService(service.name());
            assertThat(containers).hasSize(desired.replicas(service));
            assertThat(containers)
                    .allSatisfy(
                            container -> assertThat(container.spec.hash()).isEqualTo(TaskSpecs.hash(desired, service)));
            ServiceEndpoints endpoints = simulation.node.endpoints.get(service.name());
            assertThat(endpoints).isNotNull();
            if (endpoints != null && !service.name().equals("migrate")) {
                assertThat(endpoints.tasks().stream().map(ServiceEndpoints.Endpoint::containerId))
                        .containsExactlyInAnyOrderElementsOf(containers.stream()
                                .map(container -> container.id)
                                .toList());
            }
        }
    }

    private static void disturb(Simulation simulation, Random random) {
        List<SimulatedNode.Container> containers = List.copyOf(simulation.node.containers.values());
        int kind = random.nextInt(10);
        if (kind < 5 && !containers.isEmpty()) {
            SimulatedNode.Container victim = containers.get(random.nextInt(containers.size()));
            switch (kind) {
                case 0, 1 -> simulation.node.end(victim, random.nextInt(3), false);
                case 2, 3 -> {
                    if (victim.running() && victim.health != ObservedTask.Health.NONE) {
                        victim.health = ObservedTask.Health.UNHEALTHY;
                    }
                }
                default -> simulation.node.removeTask(victim.id);
            }
            simulation.history.add(simulation.now() + " disturbed " + victim.spec.name() + " " + kind);
            simulation.changed();
        } else if (kind == 5) {
            simulation.want(changed(simulation.desired(), random));
        } else if (kind == 6) {
            simulation.want(scaled(simulation.desired(), random));
        } else if (kind == 7) {
            simulation.restartDaemon();
        } else if (kind == 8 && random.nextInt(4) == 0) {
            simulation.reboot();
        }
    }

    private static Desired changed(Desired desired, Random random) {
        Map<String, String> images = new HashMap<>(desired.images());
        images.replaceAll((name, image) -> random.nextBoolean() ? image : image + "'");
        return new Desired(
                desired.project(),
                desired.revision() + 1,
                desired.created(),
                desired.replicas(),
                images,
                Map.of(),
                Map.of(),
                desired.ids(),
                desired.removal());
    }

    private static Desired scaled(Desired desired, Random random) {
        Map<String, Integer> replicas = new HashMap<>(desired.replicas());
        replicas.computeIfPresent("web", (name, number) -> random.nextInt(6));
        return desired.withReplicas(replicas);
    }

    private static Project project(Random random) {
        String order = random.nextBoolean() ? "start-first" : "stop-first";
        return Projects.project("""
                name: shop
                services:
                  web:
                    image: web
                    restart: %s
                    ports: ["8080:80"]
                    %s
                    depends_on:
                      db: { condition: service_healthy }
                      migrate: { condition: service_completed_successfully }
                    deploy:
                      replicas: %d
                      update_config: { order: %s, parallelism: %d, delay: %ds, failure_action: %s }
                  worker:
                    image: worker
                    restart: always
                    scale: %d
                    depends_on: [db]
                    deploy: { update_config: { order: %s } }
                  migrate:
                    image: migrate
                    restart: on-failure
                    depends_on:
                      db: { condition: service_healthy }
                  db:
                    image: db
                    restart: unless-stopped
                    healthcheck: { test: check }
                    volumes: ["data:/data"]
                    deploy: { update_config: { order: %s } }
                volumes: { data: }
                """.formatted(
                        random.nextBoolean() ? "always" : "unless-stopped",
                        random.nextBoolean() ? "healthcheck: { test: check }" : "user: nobody",
                        random.nextInt(5),
                        order,
                        random.nextInt(4),
                        random.nextInt(4),
                        random.nextBoolean() ? "pause" : "continue",
                        random.nextInt(4),
                        random.nextBoolean() ? "start-first" : "stop-first",
                        random.nextBoolean() ? "start-first" : "stop-first"));
    }
}
