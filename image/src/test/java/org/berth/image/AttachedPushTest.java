package org.berth.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
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
import org.berth.image.registry.RegistrySettings;
import org.berth.image.registry.Repository;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signatures in a real registry, besides those of others; and what is attached goes with its image. */
@KernelTest
class AttachedPushTest {
    private static final Instant MADE = Instant.parse("2026-01-02T03:04:05Z");

    @TempDir
    private Path folder;

    private Optional<DockerRegistry> registry = Optional.empty();

    @BeforeEach
    void startRegistry() throws IOException {
        Command.require("docker-registry");
        registry = Optional.of(DockerRegistry.start(folder));
    }

    @AfterEach
    void stopRegistry() {
        registry.ifPresent(DockerRegistry::close);
    }

    @Test
    void aPushKeepsTheSignaturesThatOthersPushed(Instance instance) throws IOException {
        Instance second = new Instance(instance.root().resolveSibling("second"), instance.run());
        try (LocalImages ours = open(instance);
                LocalImages theirs = open(second)) {
            Image made = make(ours, name("app:1"));
            ours.attach(made, signature("ours"));
            ours.push(name("app:1"), Optional.empty(), Progress.SILENT);
            Image there = theirs.pull(name("app:1"), Progress.SILENT);
            theirs.attach(there, signature("theirs"));
            theirs.push(name("app:1"), Optional.empty(), Progress.SILENT);
            assertThat(ours.attachedThere(name("app:1"), made.manifestDigest()))
                    .containsExactlyInAnyOrder(signature("ours"), signature("theirs"));
            // the same again is one and no second
            theirs.push(name("app:1"), Optional.empty(), Progress.SILENT);
            assertThat(ours.attachedThere(name("app:1"), made.manifestDigest())).hasSize(2);
        }
    }

    @Test
    void anIndexIsSignedInItsRegistry(Instance instance) throws IOException {
        try (LocalImages images = open(instance)) {
            Image made = make(images, name("app:amd64"));
            images.push(name("app:amd64"), Optional.empty(), Progress.SILENT);
            byte[] index = ("{\"schemaVersion\":2,\"mediaType\":\"" + MediaTypes.INDEX
                            + "\",\"manifests\":[{\"mediaType\":\"" + MediaTypes.MANIFEST + "\",\"size\":"
                            + manifestBytes(images) + ",\"digest\":\"" + made.manifestDigest()
                            + "\",\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"}}]}")
                    .getBytes(StandardCharsets.UTF_8);
            images.registries()
                    .repository("push an index", name("app:1"), Optional.empty())
                    .pushManifest("push an index", "1", index, MediaTypes.INDEX);
            String digest = images.remoteDigest(name("app:1"));
            assertThat(digest).isNotEqualTo(made.manifestDigest());
            images.attachThere(name("app:1"), digest, signature("of the index"));
            assertThat(images.attachedThere(name("app:1"), digest)).containsExactly(signature("of the index"));
            assertThat(images.attachedThere(name("app:1"), made.manifestDigest()))
                    .isEmpty();
        }
    }

    @Test
    void whatIsAttachedGoesWithItsImage(Instance instance) throws IOException {
        Path kept = instance.root().resolve("attached");
        try (LocalImages images = open(instance)) {
            Image made = make(images, name("app:1"));
            images.attach(made, signature("one"));
            images.tag(made.id(), name("app:2"));
            images.remove(name("app:1").full(), false);
            assertThat(images.attached(made)).hasSize(1);
            images.remove(name("app:2").full(), false);
            assertThat(images.attached(made)).isEmpty();
            assertThat(kept).isEmptyDirectory();
            Image again = make(images, name("app:1"));
            images.attach(again, signature("two"));
            Image gone = new Image(
                    again.id(),
                    "sha256:" + "a".repeat(64),
                    again.names(),
                    again.config(),
                    again.layers(),
                    again.sizeBytes());
            images.attach(gone, signature("left by an earlier Berth"));
            images.tidy();
            assertThat(images.attached(gone)).isEmpty();
            assertThat(images.attached(again)).containsExactly(signature("two"));
        }
    }

    private static Attachment signature(String text) {
        return new Attachment(Attachment.SIGNED, Attachment.SIGNED, text, Map.of(Attachment.SIGNATURE, text));
    }

    private long manifestBytes(LocalImages images) {
        Repository repository = images.registries().repository("look", name("app:amd64"), Optional.empty());
        return repository.manifest("look", "amd64").content().length;
    }

    private static Image make(LocalImages images, Reference name) throws IOException {
        String layer = images.addLayer(LocalImagesFixture.tar("one", "1"), Progress.SILENT);
        return images.create(
                new ImageConfig(
                        "amd64", MADE, List.of(), List.of(), List.of("sh"), "", "", Set.of(), Set.of(), Map.of(), ""),
                List.of(layer),
                List.of("one"),
                Optional.of(name));
    }

    private Reference name(String name) {
        return Reference.parse(registry.orElseThrow().name() + "/" + name);
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
