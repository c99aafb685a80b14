package org.berth.builder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.builder.cache.CachePlace;
import org.berth.engine.Containers;
import org.berth.engine.Engine;
import org.berth.engine.Events;
import org.berth.engine.Volumes;
import org.berth.image.Bootstrap;
import org.berth.image.Image;
import org.berth.image.Images;
import org.berth.image.LocalImages;
import org.berth.image.Reference;
import org.berth.image.registry.RegistrySettings;
import org.berth.network.Networks;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Steps that one machine did are not done again on another, which here can run nothing at all. */
@KernelTest
class BuildCacheTest {
    private static final String DOCKERFILE = """
            FROM tiny AS compiler
            RUN echo compiled > /program
            RUN echo more > /other
            FROM tiny
            COPY file /file
            COPY --from=compiler /program /program
            RUN echo last > /last
            """;

    @TempDir
    private Path folder;

    @BeforeAll
    static void needsBusybox() {
        Assumptions.assumeTrue(
                Files.isExecutable(Workshop.BUSYBOX),
                "no " + Workshop.BUSYBOX + ": install the package busybox-static to run this");
    }

    @Test
    void anotherMachineDoesNoStepThatTheFolderHas(Instance instance) throws IOException {
        try (Workshop workshop = new Workshop(instance, Map.of()).withTiny()) {
            Image made = built(workshop, "type=local,dest=" + folder.resolve("cache") + ",mode=max");
            try (Machine machine = Machine.with(workshop, instance)) {
                Image image = machine.build(workshop.context, "type=local,src=" + folder.resolve("cache"));
                assertThat(image.id()).isEqualTo(made.id());
                assertThat(image.layers()).isEqualTo(made.layers());
                assertThat(machine.steps()).hasSize(5).allMatch(text -> text.endsWith("(cached)"));
                assertThat(machine.images.layers().has(made.layers().getLast())).isTrue();
            }
        }
    }

    /** Of mode=min only the image's own layers go along: those of other stages count as done, unless something needs them. */
    @Test
    void ofStagesThatAreNotInTheImageTheRecordIsEnough(Instance instance) throws IOException {
        try (Workshop workshop = new Workshop(instance, Map.of()).withTiny()) {
            Image made = built(workshop, "type=local,dest=" + folder.resolve("cache"));
            String from = "type=local,src=" + folder.resolve("cache");
            assertThat(blobs()).hasSize(3 + 2); // three layers, the list of steps, the manifest
            try (Machine machine = Machine.with(workshop, instance)) {
                assertThat(machine.build(workshop.context, from).id()).isEqualTo(made.id());
                assertThat(machine.steps()).hasSize(5).allMatch(text -> text.endsWith("(cached)"));
            }
            workshop.write(
                    "Dockerfile", DOCKERFILE.replace("RUN echo last > /last", "COPY --from=compiler /other /other"));
            try (Machine machine = Machine.with(workshop, instance)) {
                // the compiler's stage has to be done after all, and this machine runs nothing
                assertThatThrownBy(() -> machine.build(workshop.context, from))
                        .hasMessageContaining("nothing is run here");
                assertThat(machine.steps()).anyMatch(text -> text.equals("RUN echo compiled > /program"));
            }
        }
    }

    @Test
    void whatIsNoCacheOrDamagedIsToldAndTheBuildGoesOn(Instance instance) throws IOException {
        try (Workshop workshop = new Workshop(instance, Map.of()).withTiny()) {
            Path cache = folder.resolve("cache");
            Image made = built(workshop, "type=local,dest=" + cache + ",mode=max");
            List<CachePlace> missing = List.of(CachePlace.from("type=local,src=" + folder.resolve("none")));
            assertThat(workshop.build(BuildOptions.NONE.with(missing, List.of()))
                            .id())
                    .isEqualTo(made.id());
            assertThat(workshop.steps()).anyMatch(text -> text.contains("has no cache with the tag latest"));
            for (Path blob : blobs()) {
                byte[] content = Files.readAllBytes(blob);
                content[content.length / 2] ^= 1;
                Files.write(blob, content);
            }
            try (Machine machine = Machine.with(workshop, instance)) {
                assertThatThrownBy(() -> machine.build(workshop.context, "type=local,src=" + cache))
                        .hasMessageContaining("nothing is run here");
                assertThat(machine.said).anyMatch(step -> step.status().contains("is not what its name says"));
            }
        }
    }

    @Test
    void placesAreReadAsBuildKitHasThem() {
        assertThat(CachePlace.from("type=registry,ref=host:5000/a/b:c"))
                .isEqualTo(new CachePlace.Registry(Reference.parse("host:5000/a/b:c")));
        assertThat(CachePlace.from("host:5000/a/b"))
                .isEqualTo(CachePlace.from("type=registry,ref=host:5000/a/b:latest"));
        assertThat(CachePlace.Export.of("type=local,dest=/x/../y,tag=t,mode=max,ignore-error=true"))
                .isEqualTo(new CachePlace.Export(new CachePlace.Folder(Path.of("/y"), "t"), true, true));
        for (String wrong : List.of(
                "type=registry", "type=local,src=relative", "type=local,src=/a,what=1", "type=gha", "type=inline")) {
            assertThatThrownBy(() -> CachePlace.from(wrong)).isInstanceOf(BerthException.class);
        }
        assertThatThrownBy(() -> CachePlace.Export.of("host/a@sha256:" + "a".repeat(64)))
                .hasMessageContaining("expected a name with a tag");
        assertThatThrownBy(() -> CachePlace.Export.of("type=local,dest=/a,mode=most"))
                .hasMessageContaining("mode=min or mode=max");
    }

    private static Image built(Workshop workshop, String to) {
        workshop.write("file", "text");
        workshop.write("Dockerfile", DOCKERFILE);
        return workshop.build(BuildOptions.NONE.with(List.of(), List.of(CachePlace.Export.of(to))));
    }

    private List<Path> blobs() throws IOException {
        try (Stream<Path> files =
                Files.list(folder.resolve("cache").resolve("blobs").resolve("sha256"))) {
            return files.toList();
        }
    }

    /** A machine with the base image and nothing else, that can run nothing. */
    private record Machine(LocalImages images, Builder builder, List<Progress.Step> said) implements AutoCloseable {
        static Machine with(Workshop workshop, Instance instance) throws IOException {
            Path root = Files.createTempDirectory(instance.root().resolveSibling("."), "second");
            Instance second = new Instance(root, instance.run());
            LocalImages images = new LocalImages(
                    second,
                    new NoBootstrap(),
                    new RegistrySettings(
                            Map.of(), root.resolve("none.json"), Duration.ofSeconds(5), Duration.ofSeconds(30)),
                    InstantSource.system());
            ByteArrayOutputStream archive = new ByteArrayOutputStream();
            workshop.engine.images().save(List.of("tiny"), archive);
            images.load(new ByteArrayInputStream(archive.toByteArray()), Progress.SILENT);
            return new Machine(
                    images,
                    new Builder(second, new Engines(images), Map.of()),
                    Collections.synchronizedList(new ArrayList<>()));
        }

        Image build(Path context, String... from) {
            said.clear();
            List<CachePlace> places = Stream.of(from).map(CachePlace::from).toList();
            return builder.build(
                    new BuildRequest(
                            context,
                            Optional.empty(),
                            Optional.empty(),
                            Map.of(),
                            List.of("built"),
                            false,
                            false,
                            BuildOptions.NONE.with(places, List.of())),
                    said::add);
        }

        /** What was said of steps that copy or run. */
        List<String> steps() {
            return said.stream()
                    .map(Progress.Step::status)
                    .filter(text -> text.startsWith("COPY") || text.startsWith("RUN"))
                    .toList();
        }

        @Override
        public void close() {
            images.close();
        }
    }

    /** It has no containers, and can have none. */
    private record Engines(Images images) implements Engine {
        @Override
        public Containers containers() {
            return (Containers) Proxy.newProxyInstance(
                    Containers.class.getClassLoader(), new Class<?>[] {Containers.class}, (_, method, _) -> {
                        if (method.getName().equals("list")) {
                            return List.of();
                        }
                        throw new BerthException(ErrorCode.UNSUPPORTED, "nothing is run here");
                    });
        }

        @Override
        public Networks networks() {
            throw new AssertionError("nothing is run here");
        }

        @Override
        public Volumes volumes() {
            throw new AssertionError("nothing is run here");
        }

        @Override
        public Events events() {
            throw new AssertionError("nothing is run here");
        }

        @Override
        public void restore() {}

        @Override
        public void close() {}
    }

    private static final class NoBootstrap implements Bootstrap {
        @Override
        public boolean supports(Reference reference) {
            return false;
        }

        @Override
        public void bootstrap(Reference reference, Path emptyFolder, Progress progress) {
            throw new BerthException(ErrorCode.UNSUPPORTED, "nothing is bootstrapped");
        }
    }
}
