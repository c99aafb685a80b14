package org.berth.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.image.attached.Attachment;
import org.berth.image.oci.MediaTypes;
import org.berth.image.registry.Command;
import org.berth.image.registry.DockerRegistry;
import org.berth.image.registry.Referrer;
import org.berth.image.registry.RegistrySettings;
import org.berth.image.registry.Repository;
import org.berth.image.store.Digest;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pushes to a real registry, Debian's docker-registry, from which skopeo reads. */
@KernelTest
class RegistryPushTest {
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

    @Test
    void skopeoReadsWhatWasPushed(Instance instance) throws IOException {
        try (LocalImages images = open(instance)) {
            Image made = make(images, name("app:1"));
            Pushed pushed = images.push(name("app:1"), Optional.empty(), Progress.SILENT);
            assertThat(pushed.manifestDigest()).isEqualTo(made.manifestDigest());
            String said = Command.run("skopeo", "inspect", "--tls-verify=false", "docker://" + server() + "/app:1");
            assertThat(said).contains(made.manifestDigest(), made.layers().getFirst(), "A=b");

            images.remove(made.id(), true);
            Image pulled = images.pull(name("app:1"), Progress.SILENT);
            assertThat(pulled.id()).isEqualTo(made.id());
            assertThat(pulled.layers()).isEqualTo(made.layers());
        }
    }

    @Test
    void whatTheRegistryHasIsNotSentAgain(Instance instance) throws IOException {
        try (LocalImages images = open(instance)) {
            Image made = make(images, name("app:1"));
            images.push(name("app:1"), Optional.empty(), Progress.SILENT);
            assertThat(statuses(images, name("app:1")))
                    .contains("layer already exists")
                    .doesNotContain("pushed");
            images.tag(made.id(), name("team/other:2"));
            assertThat(statuses(images, name("team/other:2")))
                    .contains("mounted from another repository")
                    .doesNotContain("pushed");
        }
    }

    @Test
    void listsTagsAndDeletes(Instance instance) throws IOException {
        try (LocalImages images = open(instance)) {
            Image made = make(images, name("app:1"));
            images.tag(made.id(), name("app:2"));
            images.push(name("app:1"), Optional.empty(), Progress.SILENT);
            images.push(name("app:2"), Optional.empty(), Progress.SILENT);
            Repository repository = images.registries().repository("look", name("app:1"), Optional.empty());
            assertThat(repository.tags("look")).containsExactlyInAnyOrder("1", "2");
            Digest manifest = Digest.parse(made.manifestDigest());
            assertThat(repository.referrers("look", manifest, "")).isEmpty();

            byte[] index = ("{\"schemaVersion\":2,\"mediaType\":\"" + MediaTypes.INDEX
                            + "\",\"manifests\":[{\"mediaType\":\""
                            + MediaTypes.MANIFEST + "\",\"size\":2,\"digest\":\"" + manifest
                            + "\",\"artifactType\":\"a/b\",\"annotations\":{\"k\":\"v\"}}]}")
                    .getBytes(StandardCharsets.UTF_8);
            repository.pushManifest("attach", Repository.fallbackTag(manifest), index, MediaTypes.INDEX);
            assertThat(repository.referrers("look", manifest, "a/b"))
                    .singleElement()
                    .satisfies(referrer -> assertThat(referrer.annotations()).containsEntry("k", "v"));
            assertThat(repository.referrers("look", manifest, "c/d")).isEmpty();

            repository.delete("delete", made.manifestDigest());
            assertThatThrownBy(() -> repository.manifest("look", "1")).hasMessageContaining("manifest unknown");
        }
    }

    @Test
    void whatRefersToAnImageIsListedUnderATagWhereTheRegistryHasNoList(Instance instance) throws IOException {
        try (LocalImages images = open(instance)) {
            Image made = make(images, name("app:1"));
            images.attach(made, Attachment.document(Attachment.SPDX, "{}"));
            images.attach(made, Attachment.document(Attachment.CYCLONEDX, "{}"));
            images.push(name("app:1"), Optional.empty(), Progress.SILENT);
            images.push(name("app:1"), Optional.empty(), Progress.SILENT);

            Repository repository = images.registries().repository("look", name("app:1"), Optional.empty());
            Digest subject = Digest.parse(made.manifestDigest());
            assertThat(repository.tags("look")).contains("sha256-" + subject.hex());
            assertThat(repository.referrers("look", subject, ""))
                    .extracting(Referrer::artifactType)
                    .containsExactlyInAnyOrder(Attachment.SPDX, Attachment.CYCLONEDX);

            repository.pushManifest(
                    "spoil",
                    Repository.fallbackTag(subject),
                    repository.manifest("look", "1").content(),
                    MediaTypes.MANIFEST);
            images.attach(made, Attachment.document(Attachment.IN_TOTO, "{}"));
            assertThatThrownBy(() -> images.push(name("app:1"), Optional.empty(), Progress.SILENT))
                    .hasMessageContaining("something else");
        }
    }

    @Test
    void whatIsNotThereIsNotPushed(Instance instance) {
        try (LocalImages images = open(instance)) {
            assertThatThrownBy(() -> images.push(name("none:1"), Optional.empty(), Progress.SILENT))
                    .hasMessageContaining("none:1");
        }
    }

    private static List<String> statuses(LocalImages images, Reference name) {
        List<String> statuses = Collections.synchronizedList(new ArrayList<>());
        images.push(name, Optional.empty(), step -> statuses.add(step.status()));
        return statuses;
    }

    private static Image make(LocalImages images, Reference name) throws IOException {
        String one = images.addLayer(LocalImagesFixture.tar("one", "1", "etc/", ""), Progress.SILENT);
        String two = images.addLayer(LocalImagesFixture.tar("big", "x".repeat(3_000_000)), Progress.SILENT);
        return images.create(
                new ImageConfig(
                        "amd64",
                        MADE,
                        List.of("A=b"),
                        List.of(),
                        List.of("sh"),
                        "",
                        "",
                        Set.of(),
                        Set.of(),
                        Map.of(),
                        ""),
                List.of(one, two),
                List.of("one", "two"),
                Optional.of(name));
    }

    private String server() {
        return registry.orElseThrow().name();
    }

    private Reference name(String name) {
        return Reference.parse(server() + "/" + name);
    }

    private LocalImages open(Instance instance) {
        return new LocalImages(
                instance,
                LocalImagesFixture.noBootstrap(),
                new RegistrySettings(
                        Map.of(), folder.resolve("config.json"), Duration.ofSeconds(5), Duration.ofSeconds(30)),
                InstantSource.fixed(MADE));
    }
}
