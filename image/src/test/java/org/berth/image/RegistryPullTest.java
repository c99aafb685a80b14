package org.berth.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.image.registry.Command;
import org.berth.image.registry.DockerRegistry;
import org.berth.image.registry.RegistrySettings;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pulls from a real registry, Debian's docker-registry, which skopeo fills from layouts that we save. */
@KernelTest
class RegistryPullTest {
    private static final Instant MADE = Instant.parse("2026-01-02T03:04:05Z");

    @TempDir
    private Path folder;

    private Optional<DockerRegistry> registry = Optional.empty();

    @BeforeEach
    void startRegistry() throws IOException {
        Command.require("docker-registry", "skopeo");
        registry = Optional.of(DockerRegistry.start(folder));
    }

    @AfterEach
    void stopRegistry() {
        registry.ifPresent(DockerRegistry::close);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--format=oci", "--format=v2s2", "--dest-compress-format=zstd"})
    void pullsWhatSkopeoPushed(String option, Instance instance) throws IOException {
        Image original = fill(instance, "app", "1", option);
        Reference reference = Reference.parse(server() + "/app:1");
        List<Progress.Step> steps = Collections.synchronizedList(new ArrayList<>());
        try (LocalImages images = open(second(instance), Map.of())) {
            Image pulled = images.pull(reference, steps::add);

            assertThat(pulled.layers()).isEqualTo(original.layers());
            assertThat(pulled.config()).isEqualTo(original.config());
            assertThat(pulled.sizeBytes()).isEqualTo(original.sizeBytes());
            assertThat(pulled.names()).containsExactly(reference);
            assertThat(steps).anyMatch(step -> step.status().equals("downloading") && step.current() == step.total());
            Path top = images.prepare("c", pulled.layers()).lower().getFirst();
            assertThat(top.resolve("two")).hasContent("2");
            images.release("c");

            Image byDigest =
                    images.obtain(Reference.parse(server() + "/app@" + pulled.manifestDigest()), Progress.SILENT);
            assertThat(byDigest.id()).isEqualTo(pulled.id());

            Path layout = folder.resolve("layout-of-pulled");
            images.saveLayout(List.of(reference.full()), layout);
            assertThat(Command.run("skopeo", "inspect", "--config", "oci:" + layout + ":1"))
                    .contains("/srv");
            Command.run("skopeo", "copy", "--insecure-policy", "oci:" + layout + ":1", "dir:" + folder.resolve("dir"));
        }
    }

    @Test
    void pullsByAMirrorOfTheRegistry(Instance instance) throws IOException {
        fill(instance, "library/debian", "bookworm", "--format=oci");
        try (LocalImages images = open(second(instance), Map.of("docker.invalid", List.of(server())))) {
            Reference reference = Reference.parse("docker.invalid/library/debian:bookworm");
            assertThat(images.obtain(reference, Progress.SILENT).names()).containsExactly(reference);
            assertThat(images.find(reference.full())).isPresent();
        }
    }

    @Test
    void saysWhatTheRegistryDoesNotHave(Instance instance) throws IOException {
        fill(instance, "app", "1", "--format=oci");
        try (LocalImages images = open(second(instance), Map.of())) {
            assertThatThrownBy(() -> images.obtain(Reference.parse(server() + "/app:2"), Progress.SILENT))
                    .isInstanceOfSatisfying(
                            BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND))
                    .hasMessageContainingAll(server() + "/app:2", "manifest unknown");
            assertThatThrownBy(() -> images.obtain(Reference.parse(server() + "/nothing:1"), Progress.SILENT))
                    .hasMessageContaining("/nothing:1");
            assertThat(images.list()).isEmpty();
        }
    }

    @Test
    void aDamagedLayerIsNotTaken(Instance instance) throws IOException {
        fill(instance, "app", "1", "--format=oci");
        List<Path> blobs;
        try (Stream<Path> files = Files.walk(folder.resolve("registry"))) {
            blobs = files.filter(file -> file.endsWith("data")).toList();
        }
        for (Path blob : blobs) {
            byte[] content = Files.readAllBytes(blob);
            if (content[0] == 0x1f) { // a layer, not a document
                content[content.length / 2] ^= 1;
                Files.write(blob, content);
            }
        }
        try (LocalImages images = open(second(instance), Map.of())) {
            assertThatThrownBy(() -> images.pull(Reference.parse(server() + "/app:1"), Progress.SILENT))
                    .isInstanceOfSatisfying(
                            BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID))
                    .hasMessageContaining("digest");
            assertThat(images.list()).isEmpty();
        }
        assertThat(second(instance).root().resolve("layers")).isEmptyDirectory();
        open(second(instance), Map.of()).close();
        assertThat(second(instance).root().resolve("images/drafts"))
                .isDirectoryNotContaining(draft -> draft.toString().contains(".draft-"));
    }

    @Test
    void aRegistryThatIsGoneIsUnavailable(Instance instance) {
        String name = server();
        stopRegistry();
        try (LocalImages images = open(instance, Map.of())) {
            for (String host : List.of(name, "nowhere.invalid")) {
                assertThatThrownBy(() -> images.obtain(Reference.parse(host + "/app:1"), Progress.SILENT))
                        .isInstanceOfSatisfying(
                                BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE))
                        .hasMessageContaining(host);
            }
        }
    }

    private String server() {
        return registry.orElseThrow().name();
    }

    /** Makes an image, saves it as a layout and has skopeo push that. */
    private Image fill(Instance instance, String repository, String tag, String option) throws IOException {
        try (LocalImages images = open(instance, Map.of())) {
            String one = images.addLayer(LocalImagesFixture.tar("one", "1", "etc/", ""), Progress.SILENT);
            String two = images.addLayer(
                    new ByteArrayInputStream(LocalImagesFixture.tar("two", "2", "big", "x".repeat(3_000_000))
                            .readAllBytes()),
                    Progress.SILENT);
            Image image = images.create(
                    config(), List.of(one, two), List.of("one", "two"), Optional.of(Reference.parse("made:" + tag)));
            Path layout = folder.resolve("layout");
            images.saveLayout(List.of("made:" + tag), layout);
            Command.run(
                    "skopeo",
                    "copy",
                    "--insecure-policy",
                    "--dest-tls-verify=false",
                    option,
                    "oci:" + layout + ":" + tag,
                    "docker://" + server() + "/" + repository + ":" + tag);
            return image;
        }
    }

    private LocalImages open(Instance instance, Map<String, List<String>> mirrors) {
        return new LocalImages(
                instance,
                LocalImagesFixture.noBootstrap(),
                new RegistrySettings(
                        mirrors, folder.resolve("config.json"), Duration.ofSeconds(5), Duration.ofSeconds(30)),
                InstantSource.fixed(MADE));
    }

    private static Instance second(Instance instance) {
        return new Instance(instance.root().resolveSibling("second"), instance.run());
    }

    private static ImageConfig config() {
        return new ImageConfig(
                "amd64",
                MADE,
                List.of("A=b"),
                List.of(),
                List.of("sh"),
                "",
                "/srv",
                Set.of("80/tcp"),
                Set.of(),
                Map.of("l", "v", "m", "w"),
                "");
    }
}
