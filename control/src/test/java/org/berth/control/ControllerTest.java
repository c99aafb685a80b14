package org.berth.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.compose.Project;
import org.berth.control.Controller.Applied;
import org.berth.control.Controller.ApplyRequest;
import org.berth.control.ProjectStatus.ServiceStatus;
import org.berth.control.ProjectStatus.State;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The controller with its threads, on a node in memory, with short waits. */
class ControllerTest {
    private static final Timing QUICK = new Timing(
            Duration.ofMillis(5),
            Duration.ofMillis(5),
            Duration.ofMillis(20),
            Duration.ofMillis(100),
            Duration.ofSeconds(60),
            Duration.ofSeconds(1));
    private static final String SHOP = """
            name: shop
            services:
              web:
                image: web
                restart: always
                ports: ["8080:80"]
                scale: 2
                depends_on: { db: { condition: service_healthy } }
              db:
                image: db
                restart: always
                healthcheck: { test: check }
                volumes: ["data:/data"]
            volumes: { data: }
            """;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private final LockedNode node = new LockedNode();
    private @Nullable Store opened;
    private @Nullable Controller started;

    @BeforeEach
    void start() {
        opened = Store.open(folder.resolve("control.db"), folder.resolve("run"));
        started = Controller.of(opened, node, Clock.systemUTC(), QUICK);
        started.start();
    }

    @AfterEach
    void close() {
        controller().close();
        store().close();
    }

    private Controller controller() {
        return Objects.requireNonNull(started);
    }

    private Store store() {
        return Objects.requireNonNull(opened);
    }

    @Test
    void bringsAProjectUp() {
        Applied applied = apply(Projects.project(SHOP), "1");

        ProjectStatus status = await(ProjectStatus::settled);
        assertThat(applied).isEqualTo(new Applied(1, true));
        assertThat(status.state()).isEqualTo(State.READY);
        ServiceStatus web = service(status, "web");
        assertThat(web.ready()).isEqualTo(2);
        assertThat(web.ports()).containsExactly(new PublishedPort("127.0.0.1", 8080, 80, "tcp"));
        assertThat(web.tasks()).extracting(ProjectStatus.TaskStatus::name).containsExactly("shop-web-1", "shop-web-2");
        assertThat(node.networks()).containsExactly("shop_default");
        assertThat(node.volumes()).containsExactly("shop_data");
    }

    @Test
    void changesNothingWhenNothingChanged() {
        Project shop = Projects.project(SHOP);
        apply(shop, "1");
        await(ProjectStatus::settled);
        List<String> before = node.ids("web");

        Applied again = apply(shop, "1");

        assertThat(again).isEqualTo(new Applied(1, false));
        await(ProjectStatus::settled);
        assertThat(node.ids("web")).isEqualTo(before);
    }

    @Test
    void replacesOnlyWhatChanged() {
        apply(Projects.project(SHOP), "1");
        await(ProjectStatus::settled);
        List<String> web = node.ids("web");
        List<String> db = node.ids("db");

        apply(Projects.project(SHOP.replace("image: web", "image: web\n    environment: { A: b }")), "1");

        await(status -> status.settled() && status.revision() == 2);
        assertThat(node.ids("web")).hasSize(2).doesNotContainAnyElementsOf(web);
        assertThat(node.ids("db")).isEqualTo(db);
    }

    @Test
    void portsChangeWithoutAReplacement() {
        apply(Projects.project(SHOP), "1");
        await(ProjectStatus::settled);
        List<String> web = node.ids("web");

        apply(Projects.project(SHOP.replace("8080:80", "9090:80")), "1");

        await(status -> service(status, "web").ports().stream().anyMatch(port -> port.hostPort() == 9090));
        assertThat(node.ids("web")).isEqualTo(web);
    }

    @Test
    void recreatesWhenAsked() {
        apply(Projects.project(SHOP), "1");
        await(ProjectStatus::settled);
        List<String> web = node.ids("web");
        List<String> db = node.ids("db");

        controller().apply(new ApplyRequest(Projects.project(SHOP), images("1"), List.of("web"), true));

        await(status -> status.settled() && status.revision() == 2);
        assertThat(node.ids("web")).doesNotContainAnyElementsOf(web);
        assertThat(node.ids("db")).as("what web depends on was not asked for").isEqualTo(db);

        controller().apply(new ApplyRequest(Projects.project(SHOP), images("1"), List.of(), true));

        await(status -> status.settled() && status.revision() == 3);
        assertThat(node.ids("db")).doesNotContainAnyElementsOf(db);
    }

    @Test
    void replacesADeadTaskAndKeepsItsLastWords() {
        apply(Projects.project(SHOP), "1");
        await(ProjectStatus::settled);
        String victim = node.ids("web").getFirst();

        node.with(it -> {
            it.containers.values().stream()
                    .filter(container -> container.id.equals(victim))
                    .forEach(container -> it.end(container, 137, false));
            return true;
        });

        ProjectStatus status =
                await(now -> now.settled() && service(now, "web").lastFailure().isPresent());
        assertThat(node.ids("web")).hasSize(2).doesNotContain(victim);
        ProjectStatus.Failure failure = service(status, "web").lastFailure().orElseThrow();
        assertThat(failure.reason()).isEqualTo("was ended by signal 9");
        assertThat(failure.log()).containsExactly("last words of " + victim);
        assertThat(node.aside()).containsExactly(victim);
        assertThat(service(status, "web").tasks().getFirst().restarts()).isEqualTo(1);
    }

    @Test
    void goesOnAfterARestart() {
        apply(Projects.project(SHOP), "1");
        await(ProjectStatus::settled);
        List<String> before = node.ids("web");
        close();

        start();

        await(ProjectStatus::settled);
        assertThat(node.ids("web")).isEqualTo(before);
        assertThat(controller().find("shop").orElseThrow().services())
                .isEqualTo(Projects.project(SHOP).services());
    }

    @Test
    void scales() {
        apply(Projects.project(SHOP), "1");
        await(ProjectStatus::settled);

        controller().scale("shop", Map.of("web", 5));

        await(status -> status.settled() && service(status, "web").ready() == 5);
        refused(ErrorCode.NOT_FOUND, () -> controller().scale("shop", Map.of("wob", 5)));
        refused(ErrorCode.INVALID, () -> controller().scale("shop", Map.of("web", -1)));
        refused(ErrorCode.NOT_FOUND, () -> controller().scale("nothing", Map.of("web", 1)));
    }

    @Test
    void takesAProjectDown() {
        apply(Projects.project(SHOP), "1");
        await(ProjectStatus::settled);
        node.with(it -> {
            it.end(it.ofService("web").getFirst(), 1, false);
            return true;
        });
        awaitNode(it -> it.aside.size() == 1);

        get(controller().down("shop", false, Optional.empty()));

        assertThat(node.containers()).isEmpty();
        assertThat(node.aside()).isEmpty();
        assertThat(node.networks()).isEmpty();
        assertThat(node.endpoints()).isEmpty();
        assertThat(node.volumes()).containsExactly("shop_data");
        assertThat(controller().list()).isEmpty();
        assertThat(store().all()).isEmpty();
        refused(ErrorCode.NOT_FOUND, () -> controller().status("shop"));
    }

    @Test
    void takesVolumesDownWhenAsked() {
        apply(Projects.project(SHOP), "1");
        await(ProjectStatus::settled);

        get(controller().down("shop", true, Optional.empty()));

        assertThat(node.volumes()).isEmpty();
    }

    @Test
    void takesVolumesDownThoughTheProjectIsGone() {
        apply(Projects.project(SHOP), "1");
        await(ProjectStatus::settled);
        get(controller().down("shop", false, Optional.empty()));
        assertThatExceptionOfType(BerthException.class)
                .isThrownBy(() -> controller().down("shop", false, Optional.empty()))
                .withMessageContaining("it left the volume shop_data");

        get(controller().down("shop", true, Optional.empty()));

        assertThat(node.volumes()).isEmpty();
        assertThat(controller().list()).isEmpty();
        assertThat(store().all()).isEmpty();
        refused(ErrorCode.NOT_FOUND, () -> controller().down("shop", true, Optional.empty()));
    }

    @Test
    void saysWhyATaskCanNotBeMade() {
        node.failCreate("web", new BerthException(ErrorCode.NOT_FOUND, "image web not found"));

        apply(Projects.project(SHOP), "1");

        ProjectStatus status = await(now -> now.failed().isPresent());
        assertThat(status.failed().orElseThrow().reason()).isEqualTo("shop-web-1 can't be made: image web not found");
    }

    @Test
    void waitsForADependency() {
        node.failCreate("db", new BerthException(ErrorCode.KERNEL, "mount proc on /proc: operation not permitted"));

        apply(Projects.project(SHOP), "1");

        ProjectStatus status = await(now -> service(now, "web").reason().contains("mount proc"));
        assertThat(service(status, "web").state()).isEqualTo(State.WAITING);
        assertThat(service(status, "web").reason()).startsWith("waiting for db to be healthy");
    }

    @Test
    void aServiceThatTheModelNoLongerHasGoes() {
        apply(Projects.project(SHOP), "1");
        await(ProjectStatus::settled);

        apply(Projects.project("name: shop\nservices:\n  db: { image: db, restart: always }\n"), "1");

        await(status -> status.revision() == 2 && status.settled());
        awaitNode(it -> it.ofService("web").isEmpty() && !it.endpoints.containsKey("web"));
        assertThat(node.volumes()).contains("shop_data");
    }

    @Test
    void bringsUpOnlyTheServicesNamed() {
        controller().apply(new ApplyRequest(Projects.project(SHOP), images("1"), List.of("db"), false));
        await(ProjectStatus::settled);
        assertThat(node.ids("web")).isEmpty();

        controller().apply(new ApplyRequest(Projects.project(SHOP), images("1"), List.of("web"), false));
        await(status -> status.settled() && status.services().size() == 2);
        assertThat(node.ids("web")).hasSize(2);
    }

    @Test
    void aChangedSecretReplacesItsUsers() throws IOException {
        Path secret = Files.writeString(folder.resolve("password"), "one");
        Project project = Projects.project("""
                name: shop
                services:
                  web: { image: web, restart: always, secrets: [password] }
                  db: { image: db, restart: always }
                secrets: { password: { file: %s } }
                """.formatted(secret));
        apply(project, "1");
        await(ProjectStatus::settled);
        List<String> web = node.ids("web");
        List<String> db = node.ids("db");

        Files.writeString(secret, "two");
        apply(project, "1");

        await(status -> status.revision() == 2 && status.settled());
        assertThat(node.ids("web")).hasSize(1).doesNotContainAnyElementsOf(web);
        assertThat(node.ids("db")).isEqualTo(db);

        Files.delete(secret);
        refused(ErrorCode.INVALID, () -> apply(project, "1"));
    }

    @Test
    void refusesANetworkThatChanges() {
        apply(Projects.project(SHOP), "1");
        Project other = Projects.project(SHOP + "networks: { default: { internal: true } }\n");
        refused(ErrorCode.CONFLICT, () -> apply(other, "1"));
        assertThat(controller().status("shop").revision()).isEqualTo(1);
    }

    @Test
    void saysThatANetworkIsSomeoneElses() {
        node.with(it -> it.foreign.add("shop_default"));

        apply(Projects.project(SHOP), "1");

        ProjectStatus status = await(now -> now.failed().isPresent());
        assertThat(status.failed().orElseThrow().reason())
                .startsWith("network shop_default is there already and not this project's");
    }

    @Test
    void refusesAServiceWithoutImage() {
        refused(
                ErrorCode.INVALID,
                () -> controller().apply(new ApplyRequest(Projects.project(SHOP), Map.of(), List.of(), false)));
    }

    @Test
    void addsWhatAOneOffNeedsAndChangesNothingElse() {
        Project shop = Projects.project(SHOP);
        assertThat(controller().neededBy(shop, "web")).containsExactly("db");
        controller().add(shop, controller().neededBy(shop, "web"), images("1"));
        await(status -> status.settled() && status.equipped());
        assertThat(node.ids("web")).isEmpty();
        List<String> db = node.ids("db");
        assertThat(db).hasSize(1);

        assertThat(controller().neededBy(shop, "web")).isEmpty();
        controller().add(Projects.project(SHOP.replace("image: db", "image: other")), Set.of(), images("2"));
        await(status -> status.settled() && status.equipped());
        assertThat(node.ids("db")).isEqualTo(db);
    }

    @Test
    void aProjectWithoutServicesHasItsNetworksAndVolumes() {
        controller().add(Projects.project(SHOP), Set.of(), Map.of());
        await(ProjectStatus::equipped);
        assertThat(node.networks()).containsExactly("shop_default");
        assertThat(node.volumes()).containsExactly("shop_data");
        assertThat(node.containers()).isEmpty();
        get(controller().down("shop", true, Optional.empty()));
        assertThat(node.networks()).isEmpty();
    }

    @Test
    void aOneOffBearsTheProjectsMark() {
        apply(Projects.project(SHOP), "1");
        TaskSpec spec = controller().oneOffSpec(Projects.project(SHOP), "web", "sha256:web-1", "shop-web-run-1");
        assertThat(spec.labels()).containsEntry(TaskLabels.ONE_OFF, "True").containsEntry(TaskLabels.SERVICE, "web");
        assertThat(spec.networks()).containsExactly("shop_default");
        assertThat(spec.image()).isEqualTo("sha256:web-1");
    }

    private Applied apply(Project project, String version) {
        return controller().apply(new ApplyRequest(project, images(version), List.of(), false));
    }

    private static Map<String, String> images(String version) {
        Map<String, String> images = new HashMap<>();
        List.of("web", "db").forEach(name -> images.put(name, "sha256:" + name + "-" + version));
        return images;
    }

    private static ServiceStatus service(ProjectStatus status, String name) {
        return status.service(name).orElseThrow();
    }

    private ProjectStatus await(Predicate<ProjectStatus> condition) {
        CompletableFuture<ProjectStatus> reached = new CompletableFuture<>();
        try (AutoCloseable watch = controller().watch("shop", status -> {
            if (condition.test(status)) {
                reached.complete(status);
            }
        })) {
            return get(reached);
        } catch (Exception e) {
            throw new AssertionError("not reached: " + controller().status("shop"), e);
        }
    }

    private void awaitNode(Predicate<SimulatedNode> condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!node.read(condition::test)) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not reached");
            }
            Thread.onSpinWait();
        }
    }

    private static <T> T get(CompletableFuture<T> future) {
        try {
            return future.get(20, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static void refused(ErrorCode code, Runnable request) {
        assertThatExceptionOfType(BerthException.class)
                .isThrownBy(request::run)
                .satisfies(e -> assertThat(e.code()).isEqualTo(code));
    }
}
