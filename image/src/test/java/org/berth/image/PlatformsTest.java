package org.berth.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.oci.Documents;
import org.berth.image.oci.Manifest;
import org.berth.image.oci.ManifestIndex;
import org.berth.image.oci.MediaTypes;
import org.berth.image.registry.Command;
import org.berth.image.registry.DockerRegistry;
import org.berth.image.registry.Repository;
import org.berth.image.store.Digest;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images for several platforms, between real registries and the store; skopeo reads what came of them. */
@KernelTest
class PlatformsTest {
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
    void anImageForAllPlatformsGoesOnAsItCame(Instance instance) throws IOException {
        Digest index = fill(instance);
        try (LocalImages images = StoreFixture.open(StoreFixture.second(instance))) {
            Image pulled = images.pullAll(name("app:1"), Optional.empty(), Progress.SILENT);
            assertThat(pulled.config().architecture()).isEqualTo("amd64");
            images.tag("%s/app:1".formatted(server()), name("copy:2"));

            Pushed pushed = images.pushAll(name("copy:2"), Optional.empty(), Progress.SILENT);
            assertThat(pushed.manifestDigest()).isEqualTo(index.toString());
            Command.run(
                    "skopeo",
                    "copy",
                    "--all",
                    "--insecure-policy",
                    "--src-tls-verify=false",
                    "docker://" + server() + "/copy:2",
                    "dir:" + folder.resolve("all"));
            assertThat(folder.resolve("all/manifest.json")).exists();
            assertThat(Digest.of(Files.readAllBytes(folder.resolve("all/manifest.json"))))
                    .isEqualTo(index);

            images.remove(name("app:1").full(), false);
            images.remove(name("copy:2").full(), false);
            assertThat(LocalImagesFixture.blobs(StoreFixture.second(instance))).isEmpty();
        }
    }

    @Test
    void whatIsMissingIsNamed(Instance instance) throws IOException {
        fill(instance);
        try (LocalImages images = StoreFixture.open(StoreFixture.second(instance))) {
            images.pull(name("app:1"), Progress.SILENT);
            assertThatThrownBy(() -> images.pushAll(name("app:1"), Optional.empty(), Progress.SILENT))
                    .isInstanceOfSatisfying(
                            BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND))
                    .hasMessageContainingAll("this machine only", "--all-platforms");

            images.pullAll(name("app:1"), Optional.empty(), Progress.SILENT);
            Digest foreign = Digest.of(arm().manifest);
            Files.delete(images.served().content().path(foreign));
            assertThatThrownBy(() -> images.pushAll(name("app:1"), Optional.empty(), Progress.SILENT))
                    .isInstanceOfSatisfying(
                            BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND))
                    .hasMessageContainingAll(foreign.toString(), "linux/arm64/v8");

            images.pullAll(name("app:1"), Optional.empty(), Progress.SILENT);
            assertThat(images.pushAll(name("app:1"), Optional.empty(), Progress.SILENT))
                    .isNotNull();
        }
    }

    @Test
    void aNameThatIsAnotherImageNowHasNoIndex(Instance instance) throws IOException {
        fill(instance);
        try (LocalImages images = StoreFixture.open(StoreFixture.second(instance))) {
            images.pullAll(name("app:1"), Optional.empty(), Progress.SILENT);
            String other = images.addLayer(new ByteArrayInputStream(StoreFixture.tar("x", "y")), Progress.SILENT);
            images.create(StoreFixture.config(), List.of(other), List.of("x"), Optional.of(name("app:1")));
            assertThatThrownBy(() -> images.pushAll(name("app:1"), Optional.empty(), Progress.SILENT))
                    .hasMessageContaining("this machine only");
        }
    }

    private record Platform(byte[] config, byte[] manifest, byte[] layer) {}

    /** For another kind of machine; its layer could not even be unpacked here. */
    private static Platform arm() {
        byte[] layer = "no tar".getBytes(StandardCharsets.UTF_8);
        byte[] config = ("{\"architecture\":\"arm64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\""
                        + Digest.of(layer) + "\"]}}")
                .getBytes(StandardCharsets.UTF_8);
        byte[] manifest = Documents.write(
                Manifest.of(descriptor(MediaTypes.CONFIG, config), List.of(descriptor(MediaTypes.LAYER, layer))));
        return new Platform(config, manifest, layer);
    }

    /** Pushes app:1 for two platforms. @return the index's digest */
    private Digest fill(Instance instance) throws IOException {
        try (LocalImages images = StoreFixture.open(instance)) {
            StoreFixture.make(images, name("app:own"));
            Pushed own = images.push(name("app:own"), Optional.empty(), Progress.SILENT);
            Repository repository = images.registries().repository("fill", name("app:1"), Optional.empty());
            Platform arm = arm();
            for (byte[] blob : List.of(arm.config, arm.layer)) {
                repository.pushBlob(
                        "fill", descriptor("", blob), from -> new ByteArrayInputStream(blob), List.of(), done -> {});
            }
            repository.pushManifest("fill", Digest.of(arm.manifest).toString(), arm.manifest, MediaTypes.MANIFEST);
            byte[] index = Documents.write(ManifestIndex.of(List.of(
                    platform(own.manifestDigest(), own.manifestBytes(), "amd64", ""),
                    platform(Digest.of(arm.manifest).toString(), arm.manifest.length, "arm64", "v8"))));
            repository.pushManifest("fill", "1", index, MediaTypes.INDEX);
            return Digest.of(index);
        }
    }

    private static BlobDescriptor platform(String digest, long size, String architecture, String variant) {
        return new BlobDescriptor(
                MediaTypes.MANIFEST,
                digest,
                size,
                Map.of(),
                Optional.of(new BlobDescriptor.Platform("linux", architecture, variant)));
    }

    private static BlobDescriptor descriptor(String type, byte[] content) {
        return BlobDescriptor.of(type, Digest.of(content).toString(), content.length);
    }

    private String server() {
        return registry.orElseThrow().name();
    }

    private Reference name(String name) {
        return Reference.parse(server() + "/" + name);
    }
}
