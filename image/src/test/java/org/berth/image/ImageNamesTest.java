package org.berth.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.berth.image.LocalImagesFixture.APP;
import static org.berth.image.LocalImagesFixture.MADE;
import static org.berth.image.LocalImagesFixture.assertCode;
import static org.berth.image.LocalImagesFixture.blobs;
import static org.berth.image.LocalImagesFixture.config;
import static org.berth.image.LocalImagesFixture.labelled;
import static org.berth.image.LocalImagesFixture.layerFolders;
import static org.berth.image.LocalImagesFixture.open;
import static org.berth.image.LocalImagesFixture.tar;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.image.registry.Command;
import org.berth.image.registry.RegistrySettings;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What images are called, and what becomes of them when their names go; and how they come and leave. */
@KernelTest
class ImageNamesTest {
    @Test
    void aLayoutIsReadByOthers(Instance instance, @TempDir Path folder) throws IOException {
        Command.require("skopeo", "umoci");
        try (LocalImages images = open(instance)) {
            String layer = images.addLayer(tar("etc/", "", "etc/motd", "hello"), Progress.SILENT);
            String empty = images.addLayer(tar(new String[0]), Progress.SILENT);
            images.create(config("sh"), List.of(layer, empty), List.of("by hand", "and", "ENV"), Optional.of(APP));
            images.create(config("ls"), List.of(layer), List.of(), Optional.of(Reference.parse("me/other:1")));
            Path layout = folder.resolve("layout");
            images.saveLayout(List.of("app:1"), layout);

            assertThat(Command.run("skopeo", "inspect", "oci:" + layout + ":1")).contains("amd64", "sha256:");
            Command.run(
                    "skopeo",
                    "copy",
                    "--insecure-policy",
                    "oci:" + layout + ":1",
                    "docker-archive:" + folder.resolve("a.tar") + ":app:1");
            Command.run(
                    "umoci",
                    "unpack",
                    "--image",
                    layout + ":1",
                    folder.resolve("bundle").toString());
            assertThat(folder.resolve("bundle/rootfs/etc/motd")).hasContent("hello");

            images.saveLayout(List.of("app:1", "me/other:1"), layout);
            assertThat(Command.run("skopeo", "inspect", "--config", "oci:" + layout + ":docker.io/me/other:1"))
                    .contains("ls");
            assertCode(ErrorCode.CONFLICT, () -> images.saveLayout(List.of("app:1"), folder));
            assertCode(ErrorCode.NOT_FOUND, () -> images.saveLayout(List.of("none"), folder.resolve("new")));
        }
    }

    @Test
    void aNameMovesToTheImageThatGetsIt(Instance instance) throws IOException {
        try (LocalImages images = open(instance)) {
            String layer = images.addLayer(tar("a", "1"), Progress.SILENT);
            Image first = images.create(config("one"), List.of(layer), List.of(), Optional.of(APP));
            Image second = images.create(config("two"), List.of(layer), List.of(), Optional.of(APP));

            assertThat(images.find("app:1").orElseThrow().id()).isEqualTo(second.id());
            assertThat(images.find(first.id()).orElseThrow().names()).isEmpty();
            images.tag(first.id(), APP);
            assertThat(images.find("app:1").orElseThrow().id()).isEqualTo(first.id());
        }
    }

    @Test
    void removesAnImageWithItsLayersOnlyWhenNothingUsesThem(Instance instance) throws IOException {
        try (LocalImages images = open(instance)) {
            String base = images.addLayer(tar("base", "1"), Progress.SILENT);
            String top = images.addLayer(tar("top", "2"), Progress.SILENT);
            Image lower = images.create(config("x"), List.of(base), List.of(), Optional.of(Reference.parse("base")));
            images.create(config("x"), List.of(base, top), List.of(), Optional.of(APP));
            images.tag("app:1", Reference.parse("app:2"));
            images.prepare("c1", List.of(base, top));

            images.remove("app:1", false);
            assertThat(images.find("app:2")).isPresent();
            assertCode(ErrorCode.CONFLICT, () -> images.remove("app:2", false));
            images.release("c1");
            images.remove("app:2", false);
            assertThat(images.list()).extracting(Image::id).containsExactly(lower.id());
            assertThat(layerFolders(instance)).containsExactly(base.substring(7));
            images.remove(lower.id(), false);
            assertThat(layerFolders(instance)).isEmpty();
            assertThat(blobs(instance)).isEmpty();
            assertCode(ErrorCode.NOT_FOUND, () -> images.remove("app:2", false));
        }
    }

    @Test
    void aForcedRemovalLeavesTheLayersToTheSnapshot(Instance instance) throws IOException {
        try (LocalImages images = open(instance)) {
            String layer = images.addLayer(tar("f", "1"), Progress.SILENT);
            Image image = images.create(config("x"), List.of(layer), List.of(), Optional.of(APP));
            images.tag(image.id(), Reference.parse("other"));
            images.prepare("c1", List.of(layer));

            assertCode(ErrorCode.CONFLICT, () -> images.remove(image.id(), false));
            images.remove(image.id(), true);
            assertThat(images.list()).isEmpty();
            assertThat(images.snapshot("c1").orElseThrow().lower().getFirst().resolve("f"))
                    .hasContent("1");
            images.release("c1");
            assertThat(layerFolders(instance)).isEmpty();
        }
    }

    /** The store can't tell whose the snapshot is; one image is enough to bring its layers back. */
    @Test
    void anImageGoesWhenAnotherHasTheLayersOfASnapshot(Instance instance) throws IOException {
        try (LocalImages images = open(instance)) {
            String layer = images.addLayer(tar("f", "1"), Progress.SILENT);
            Image one = images.create(config("one"), List.of(layer), List.of(), Optional.empty());
            Image two = images.create(config("two"), List.of(layer), List.of(), Optional.empty());
            images.prepare("c1", List.of(layer));

            images.remove(one.id(), false);
            assertThat(images.list()).extracting(Image::id).containsExactly(two.id());
            assertThat(images.layerBytes(layer)).isEqualTo(1);
            assertCode(ErrorCode.CONFLICT, () -> images.remove(two.id(), false));
            images.remove(two.id(), true);
            assertThat(images.layerBytes(layer)).isEqualTo(1);
            images.release("c1");
            assertThat(images.layerBytes(layer)).isZero();
        }
    }

    @Test
    void aNamelessImageOfABuildStepIsIntermediate(Instance instance) throws IOException {
        try (LocalImages images = open(instance)) {
            String layer = images.addLayer(tar("f", "1"), Progress.SILENT);
            ImageConfig step = labelled(Image.STEP_LABEL);
            Image nameless = images.create(step, List.of(layer), List.of(), Optional.empty());
            assertThat(nameless.isIntermediate()).isTrue();
            images.tag(nameless.id(), APP);
            assertThat(images.find("app:1").orElseThrow().isIntermediate()).isFalse();
            assertThat(images.create(labelled("other"), List.of(layer), List.of(), Optional.empty())
                            .isIntermediate())
                    .isFalse();
        }
    }

    @Test
    void bootstrapsWhatNoRegistryGives(Instance instance) throws IOException {
        Bootstrap bootstrap = new Bootstrap() {
            @Override
            public boolean supports(Reference reference) {
                return reference.tag().equals("bookworm");
            }

            @Override
            public void bootstrap(Reference reference, Path emptyFolder, Progress progress) {
                try {
                    Files.writeString(
                            Files.createDirectory(emptyFolder.resolve("etc")).resolve("issue"), "made");
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };
        List<String> said = Collections.synchronizedList(new ArrayList<>());
        try (LocalImages images =
                new LocalImages(instance, bootstrap, RegistrySettings.fromEnvironment(Map.of()), () -> MADE)) {
            Reference reference = Reference.parse("nowhere.invalid/debian:bookworm");
            Image image = images.obtain(reference, step -> said.add(step.status()));
            assertThat(image.config().command()).containsExactly("bash");
            assertThat(image.config().created()).isEqualTo(MADE);
            assertThat(images.prepare("c1", image.layers()).lower().getFirst().resolve("etc/issue"))
                    .hasContent("made");
            assertThat(said).anyMatch(line -> line.contains("bootstrapping"));
            assertThat(images.obtain(reference, Progress.SILENT)).isEqualTo(image);
            assertCode(
                    ErrorCode.UNAVAILABLE,
                    () -> images.obtain(Reference.parse("nowhere.invalid/debian:sid"), Progress.SILENT));
        }
    }
}
