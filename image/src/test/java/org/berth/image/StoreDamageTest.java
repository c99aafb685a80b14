package org.berth.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.berth.image.LocalImagesFixture.APP;
import static org.berth.image.LocalImagesFixture.assertCode;
import static org.berth.image.LocalImagesFixture.config;
import static org.berth.image.LocalImagesFixture.layerFolders;
import static org.berth.image.LocalImagesFixture.open;
import static org.berth.image.LocalImagesFixture.tar;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** What crashes, other versions and damage leave of a store: said by name, mended where it can be. */
@KernelTest
class StoreDamageTest {
    @Test
    void storesOfAnotherVersionAreRefusedByName(Instance instance) throws IOException {
        Files.createDirectories(instance.root().resolve("images"));
        Files.writeString(instance.root().resolve("images/index.json"), "{\"version\":2,\"images\":[]}");
        assertThatThrownBy(() -> open(instance)).hasMessageContainingAll("index.json", "version 2");
    }

    @Test
    void anIndexThatIsDamagedIsRefusedByName(Instance instance) throws IOException {
        open(instance).close();
        for (String content : List.of("", "{", "{\"version\":1}", "{\"version\":1,\"images\":[{\"id\":\"x\"}]}")) {
            Files.writeString(instance.root().resolve("images/index.json"), content);
            assertThatExceptionOfType(BerthException.class)
                    .isThrownBy(() -> open(instance))
                    .withMessageContainingAll("images/index.json is damaged", "or remove it");
        }
    }

    /** The record's older form had no "boot": the layer's other users must not suffer, and who wants it hears why. */
    @Test
    void aLayersRecordThatIsDamagedStopsNobodyElse(Instance instance) throws IOException {
        String bad;
        String good;
        try (LocalImages images = open(instance)) {
            bad = images.addLayer(tar("f", "1"), Progress.SILENT);
            good = images.addLayer(tar("g", "2"), Progress.SILENT);
            images.create(config("x"), List.of(bad), List.of(), Optional.of(APP));
            images.create(config("y"), List.of(good), List.of(), Optional.of(Reference.parse("app:2")));
        }
        Path record = instance.root().resolve("images/layers").resolve(bad.substring(7));
        Files.writeString(record, Files.readString(record).replaceAll("\"boot\":\"[^\"]*\",", ""));
        Files.writeString(instance.root().resolve("images/layers/" + "0".repeat(64)), "{\"version\":9}");
        try (LocalImages images = open(instance)) {
            images.prepare("c2", List.of(good));
            assertThatExceptionOfType(BerthException.class)
                    .isThrownBy(() -> images.prepare("c1", List.of(bad)))
                    .withMessageContainingAll(record.toString(), "'boot'", "remove the file");
            Files.delete(record);
            assertThat(images.prepare("c1", List.of(bad)).lower().getFirst().resolve("f"))
                    .hasContent("1");
        }
    }

    /** What a snapshot that can't be read uses is not known: nothing is taken away from it. */
    @Test
    void aSnapshotThatIsDamagedStopsNobodyElse(Instance instance) throws IOException {
        List<String> layers;
        Image image;
        try (LocalImages images = open(instance)) {
            layers = List.of(images.addLayer(tar("f", "1"), Progress.SILENT));
            image = images.create(config("x"), layers, List.of(), Optional.of(APP));
            images.prepare("bad", layers);
            images.prepare("good", layers);
        }
        Files.move(
                instance.root().resolve("snapshots/bad/layers-1.0"),
                instance.root().resolve("snapshots/bad/layers-2.0"));
        try (LocalImages images = open(instance)) {
            assertThat(images.snapshot("good")).isPresent();
            assertCode(ErrorCode.UNSUPPORTED, () -> images.snapshot("bad"));
            images.release("good");
            images.prepare("another", layers);
            assertThat(images.find(image.id())).isPresent();
        }
    }

    @Test
    void whatACrashLeftIsRemovedOrMadeAgain(Instance instance) throws IOException {
        Image image;
        try (LocalImages images = open(instance)) {
            String layer = images.addLayer(tar("f", "content"), Progress.SILENT);
            image = images.create(config("x"), List.of(layer), List.of(), Optional.of(APP));
            images.addLayer(tar("orphan", "1"), Progress.SILENT);
        }
        Path unpacked = instance.root()
                .resolve("layers")
                .resolve(image.layers().getFirst().substring(7));
        Files.delete(instance.root().resolve("images/layers").resolve(String.valueOf(unpacked.getFileName())));
        Files.delete(unpacked.resolve("f"));
        Files.createDirectory(instance.root().resolve("layers/.draft-1"));
        Files.createDirectory(instance.root().resolve("snapshots/.draft-2"));
        Files.writeString(instance.root().resolve("images/drafts/.draft-3"), "torn");

        try (LocalImages images = open(instance)) {
            assertThat(layerFolders(instance)).containsExactly(String.valueOf(unpacked.getFileName()));
            assertThat(instance.root().resolve("images/drafts")).isEmptyDirectory();
            assertThat(instance.root().resolve("snapshots")).isEmptyDirectory();
            images.prepare("c1", image.layers());
            assertThat(unpacked.resolve("f")).hasContent("content");
        }
    }

    @Test
    void aLayerThatMayNotBeOnDiskIsMadeAgainAfterARestartOfTheMachine(Instance instance) throws IOException {
        List<String> layers;
        try (LocalImages images = open(instance)) {
            layers = List.of(images.addLayer(tar("f", "content"), Progress.SILENT));
            images.create(config("x"), layers, List.of(), Optional.of(APP));
            images.prepare("c1", layers);
        }
        String digest = layers.getFirst().substring(7);
        Path record = instance.root().resolve("images/layers").resolve(digest);
        Path file = instance.root().resolve("layers").resolve(digest).resolve("f");
        assertThat(Files.readString(record)).contains("\"boot\":\"\"");
        Files.writeString(file, "kept");
        try (LocalImages images = open(instance)) {
            assertThat(images.snapshot("c1").orElseThrow().lower().getFirst().resolve("f"))
                    .hasContent("kept");
        }
        Files.writeString(record, Files.readString(record).replace("\"boot\":\"\"", "\"boot\":\"another\""));
        Files.writeString(file, "");
        try (LocalImages images = open(instance)) {
            assertThat(images.snapshot("c1").orElseThrow().lower().getFirst().resolve("f"))
                    .hasContent("content");
        }
    }
}
