package org.berth.builder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.image.Image;
import org.berth.linux.path.LastLink;
import org.berth.testing.Await;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Steps that run programs, each in a real container. */
@KernelTest
class DockerfileRunTest {
    private static final String CAPABILITIES_OF_DOCKER = "00000000a80425fb";

    @BeforeAll
    static void needsBusybox() {
        Assumptions.assumeTrue(
                Files.isExecutable(Workshop.BUSYBOX),
                "no " + Workshop.BUSYBOX + ": install the package busybox-static to run this");
    }

    /** What runs goes on without its daemon; the next one ends it, and builds from where the build was. */
    @Test
    void aBuildWhoseDaemonWasKilledLeavesItsLayersOnly(Instance instance) {
        Workshop first = new Workshop(instance, Map.of()).withTiny();
        first.write("Dockerfile", "FROM tiny\nRUN echo one > /one\nRUN echo two; cat /dev/zero > /dev/null\n");
        Thread.ofVirtual().start(() -> first.build());
        Await.until(
                "the second step runs",
                Duration.ofSeconds(30),
                () -> first.output().contains("two"));
        first.leave();
        try (Workshop second = new Workshop(instance, Map.of())) {
            assertThat(second.engine.containers().list()).isEmpty();
            // one for the layer that was done; what the first step was made of, the base has
            assertThat(second.nameless())
                    .singleElement()
                    .satisfies(image -> assertThat(image.layers()).hasSizeGreaterThan(2));
            second.write("Dockerfile", "FROM tiny\nRUN echo one > /one\nRUN echo two\n");
            second.build();
            assertThat(second.steps()).anyMatch(step -> step.contains("echo one") && step.contains("cached"));
        }
    }

    @Test
    void runsInWhatTheInstructionsBeforeMade(Instance instance) {
        try (Workshop workshop = new Workshop(instance, Map.of("HTTPS_PROXY", "http://proxy")).withTiny()) {
            workshop.write("Dockerfile", """
                    FROM tiny
                    ARG WHO=nobody
                    ENV GREETING=hello
                    RUN mkdir /data && echo "$GREETING $WHO $HTTPS_PROXY" > /data/text
                    VOLUME /data
                    RUN echo more > /data/more
                    USER web
                    WORKDIR /tmp/work
                    RUN ["/bin/sh", "-c", "id -u; id -g; cat /data/text"]
                    """);
            Image image = workshop.build(Map.of("WHO", "world"), false);
            assertThat(workshop.output()).containsExactly("33", "34", "hello world http://proxy");
            workshop.root(image, root -> {
                assertThat(root.readText("/data/more", 100)).contains("more\n");
                // what containers are given is no part of the image
                assertThat(root.find("/etc/resolv.conf", LastLink.KEEP)).isEmpty();
            });
            assertThat(image.config().environment()).noneMatch(line -> line.contains("proxy") || line.contains("WHO"));
            assertThat(workshop.engine.containers().list()).isEmpty();
            assertThat(workshop.engine.images().list()).hasSize(2);

            assertThat(workshop.build(Map.of("WHO", "world"), false).id()).isEqualTo(image.id());
            assertThat(workshop.output()).isEmpty();
            assertThat(workshop.build(Map.of("WHO", "moon"), false).id()).isNotEqualTo(image.id());
            workshop.build(Map.of("WHO", "moon"), true);
            assertThat(workshop.output()).contains("hello moon http://proxy");
        }
    }

    @Test
    void isIsolatedAsAnyContainer(Instance instance) {
        try (Workshop workshop = new Workshop(instance, Map.of()).withTiny()) {
            workshop.write(
                    "Dockerfile",
                    "FROM tiny\nRUN grep -E 'CapEff|CapBnd|Seccomp:|NoNewPrivs' /proc/self/status; echo pid $$; ls /proc/self/fd\n");
            workshop.build();
            assertThat(workshop.output())
                    .contains("CapEff:\t" + CAPABILITIES_OF_DOCKER, "CapBnd:\t" + CAPABILITIES_OF_DOCKER)
                    .contains("NoNewPrivs:\t1", "Seccomp:\t2", "pid 1")
                    .doesNotContain("4", "5", "6", "7", "8", "9");
        }
    }

    @Test
    void failedStepIsNamedWithItsLastLinesAndWhatWasMadeIsKept(Instance instance) {
        try (Workshop workshop = new Workshop(instance, Map.of()).withTiny()) {
            workshop.write("Dockerfile", "FROM tiny\nRUN echo first > /first\n\nRUN echo oh no; exit 3\n");
            assertThatThrownBy(workshop::build)
                    .hasMessageStartingWith("Dockerfile:4: RUN echo oh no; exit 3: ended with exit code 3")
                    .hasMessageContaining("  oh no")
                    .isInstanceOfSatisfying(
                            BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FAILED));
            assertThat(workshop.engine.containers().list()).isEmpty();
            workshop.leave();
        }
        try (Workshop workshop = new Workshop(instance, Map.of())) {
            workshop.write("Dockerfile", "FROM tiny\nRUN echo first > /first\n\nRUN echo better\n");
            workshop.build();
            assertThat(workshop.steps()).contains("RUN echo first > /first (cached)");
        }
    }

    @Test
    void interruptedStepEndsAndItsContainerGoes(Instance instance) {
        try (Workshop workshop = new Workshop(instance, Map.of()).withTiny();
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            workshop.write("Dockerfile", "FROM tiny\nRUN echo begun; sleep 600\n");
            Future<Image> build = executor.submit(() -> workshop.builder.build(request(workshop), workshop.said::add));
            Await.until(
                    "the step runs",
                    Duration.ofSeconds(30),
                    () -> workshop.output().contains("begun"));
            build.cancel(true);
            executor.shutdown();
            Await.until("the build has given up", Duration.ofSeconds(30), executor::isTerminated);
            assertThat(workshop.engine.containers().list()).isEmpty();
        }
    }

    @Test
    void sameBuildTwiceAtTheSameTimeIsDoneOnce(Instance instance) throws Exception {
        try (Workshop workshop = new Workshop(instance, Map.of()).withTiny();
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            workshop.write("Dockerfile", "FROM tiny\nRUN date > /made; cat /made\n");
            Future<Image> one = executor.submit(() -> workshop.builder.build(request(workshop), workshop.said::add));
            Future<Image> two = executor.submit(() -> workshop.builder.build(request(workshop), workshop.said::add));
            assertThat(one.get().id()).isEqualTo(two.get().id());
            assertThat(workshop.output()).hasSize(1);
        }
    }

    /** Its steps' containers have the layers that another build's step images have. */
    @Test
    void buildsOnOneBaseAtTheSameTimeLeaveNoStepImage(Instance instance) throws Exception {
        // closed last: it waits for the build, which ends when its container is removed
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
                Workshop workshop = new Workshop(instance, Map.of()).withTiny()) {
            List<Progress.Step> said = new CopyOnWriteArrayList<>();
            Future<Image> waiting = executor.submit(() -> workshop.buildBeside(
                    "waiting",
                    "FROM tiny\nRUN busybox mkfifo /tmp/f && echo waits && cat /tmp/f; exit 3\n",
                    said::add));
            Await.until(
                    "the other build runs",
                    Duration.ofSeconds(30),
                    () -> said.stream().anyMatch(step -> step.status().equals("waits")));
            workshop.buildBeside("quick", "FROM tiny\nRUN echo one > /one\nRUN echo two > /two\n", step -> {});
            assertThat(workshop.nameless()).hasSize(1); // what the other one runs in

            workshop.engine
                    .containers()
                    .remove(workshop.engine.containers().list().getFirst().id(), true, true);
            assertThatThrownBy(waiting::get).hasCauseInstanceOf(BerthException.class);
            assertThat(workshop.nameless()).isEmpty();
            // layers in use were not touched
            workshop.buildBeside("third", "FROM quick\nRUN cat /one /two\n", said::add);
            assertThat(said).extracting(Progress.Step::status).contains("one", "two");
        }
    }

    @Test
    void whatAFailedBuildKeptGoesWithTheBuildThatHasItsLayers(Instance instance) {
        try (Workshop workshop = new Workshop(instance, Map.of()).withTiny()) {
            workshop.write("Dockerfile", "FROM tiny\nRUN echo first > /first\nRUN exit 3\n");
            assertThatThrownBy(workshop::build).isInstanceOf(BerthException.class);
            assertThat(workshop.nameless()).hasSize(1);
            workshop.write("Dockerfile", "FROM tiny\nRUN echo first > /first\nRUN echo better\n");
            workshop.build();
            assertThat(workshop.steps()).contains("RUN echo first > /first (cached)");
            assertThat(workshop.nameless()).isEmpty();
        }
    }

    @Test
    void cve202423652LinksThatAStepMakesLeadNowhereOutside(Instance instance) throws Exception {
        Path host = Files.createDirectories(instance.root().resolveSibling("host"));
        Files.writeString(host.resolve("secret"), "untouched");
        try (Workshop workshop = new Workshop(instance, Map.of()).withTiny()) {
            workshop.write("secret", "evil");
            workshop.write(
                    "Dockerfile",
                    "FROM tiny\nRUN ln -s " + host + " /out; rm -rf /mnt; ln -s " + host
                            + " /mnt\nCOPY secret /out/\nRUN rm -rf /mnt\n");
            assertThatThrownBy(workshop::build).isInstanceOf(BerthException.class);
            workshop.write(
                    "Dockerfile", "FROM tiny\nRUN rm -rf /mnt; ln -s " + host + " /mnt\nRUN rm -rf /mnt/secret /mnt\n");
            workshop.build();
        }
        assertThat(Files.readString(host.resolve("secret"))).isEqualTo("untouched");
    }

    @Test
    void proxyOnTheHostsLoopbackIsReached(Instance instance) throws Exception {
        HttpServer proxy = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        proxy.createContext("/", exchange -> {
            byte[] answer = ("asked for " + exchange.getRequestURI()).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        proxy.start();
        String address = "http://127.0.0.1:" + proxy.getAddress().getPort();
        try (Workshop workshop = new Workshop(instance, Map.of("http_proxy", address)).withTiny()) {
            workshop.write("Dockerfile", "FROM tiny\nRUN busybox wget -q -O - http://10.255.255.1/page\n");
            workshop.build();
            assertThat(workshop.output()).containsExactly("asked for http://10.255.255.1/page");
        } finally {
            proxy.stop(0);
        }
    }

    private static BuildRequest request(Workshop workshop) {
        return new BuildRequest(
                workshop.context,
                java.util.Optional.empty(),
                java.util.Optional.empty(),
                Map.of(),
                List.of("built"),
                false,
                true);
    }
}
