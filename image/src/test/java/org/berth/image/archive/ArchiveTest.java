package org.berth.image.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.berth.base.BerthException;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.image.HistoryLine;
import org.berth.image.Image;
import org.berth.image.LocalImages;
import org.berth.image.Reference;
import org.berth.image.StoreFixture;
import org.berth.image.registry.Command;
import org.berth.image.store.Digest;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images that leave as a tar and come back, by ourselves and by others. */
@KernelTest
class ArchiveTest {
    @TempDir
    private Path folder;

    @Test
    void whatWasSavedIsLoadedAsItWas(Instance instance) throws IOException {
        byte[] archive;
        Image made;
        try (LocalImages images = StoreFixture.open(instance)) {
            made = StoreFixture.make(images, Reference.parse("app:1"));
            images.tag(made.id(), Reference.parse("quay.io/team/app:2"));
            archive = save(images, List.of(made.id()));
            assertThat(save(images, List.of(made.id()))).as("again").isEqualTo(archive);
        }
        try (LocalImages other = StoreFixture.open(StoreFixture.second(instance))) {
            Image loaded = other.load(new ByteArrayInputStream(archive), Progress.SILENT)
                    .getFirst();
            assertThat(loaded.id()).isEqualTo(made.id());
            assertThat(loaded.manifestDigest()).isEqualTo(made.manifestDigest());
            assertThat(loaded.names()).hasSize(2);
            assertThat(loaded.layers()).isEqualTo(made.layers());
            assertThat(other.history("app:1"))
                    .extracting(HistoryLine::createdBy)
                    .containsExactly("two", "one");
            other.load(new ByteArrayInputStream(archive), Progress.SILENT);
            assertThat(other.list()).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"docker-archive", "oci-archive"})
    void skopeoReadsWhatWeWriteAndWeReadWhatItWrites(String kind, Instance instance) throws IOException {
        Command.require("skopeo");
        Path saved = folder.resolve("saved.tar");
        Path copied = folder.resolve("copied.tar");
        Image made;
        try (LocalImages images = StoreFixture.open(instance)) {
            made = StoreFixture.make(images, Reference.parse("app:1"));
            try (OutputStream out = Files.newOutputStream(saved)) {
                images.save(List.of("app:1"), out);
            }
        }
        String target = kind + ":" + copied + ":" + (kind.startsWith("docker") ? "docker.io/library/app:2" : "app:2");
        Command.run("skopeo", "copy", "--insecure-policy", kind + ":" + saved, target);
        try (LocalImages other = StoreFixture.open(StoreFixture.second(instance));
                InputStream in = Files.newInputStream(copied)) {
            Image loaded = other.load(in, Progress.SILENT).getFirst();
            assertThat(loaded.layers()).isEqualTo(made.layers());
            assertThat(loaded.config()).isEqualTo(made.config());
            assertThat(loaded.names()).containsExactly(Reference.parse("app:2"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"docker-archive", "oci-archive"})
    void podmanReadsWhatWeWriteAndWeReadWhatItWrites(String format, Instance instance) throws IOException {
        Command.require("podman");
        Path saved = folder.resolve("saved.tar");
        Path back = folder.resolve("back.tar");
        Image made;
        try (LocalImages images = StoreFixture.open(instance)) {
            made = StoreFixture.make(images, Reference.parse("app:1"));
            try (OutputStream out = Files.newOutputStream(saved)) {
                images.save(List.of("app:1"), out);
            }
        }
        podman("load", "-i", saved.toString());
        podman("save", "--format", format, "-o", back.toString(), "docker.io/library/app:1");
        podman("rmi", "docker.io/library/app:1");
        try (LocalImages other = StoreFixture.open(StoreFixture.second(instance));
                InputStream in = Files.newInputStream(back)) {
            Image loaded = other.load(in, Progress.SILENT).getFirst();
            assertThat(loaded.layers()).isEqualTo(made.layers());
            assertThat(loaded.names()).containsExactly(Reference.parse("app:1"));
        }
    }

    /** With storage of the test's own. */
    private void podman(String... arguments) throws IOException {
        List<String> command = new java.util.ArrayList<>(List.of(
                "podman",
                "--root",
                folder.resolve("podman").toString(),
                "--runroot",
                folder.resolve("podman-run").toString(),
                "--storage-driver",
                "vfs"));
        command.addAll(List.of(arguments));
        Command.run(command.toArray(String[]::new));
    }

    /** Before version 25, with a folder a layer, links between equal ones, and no layout. */
    @Test
    void anArchiveOfAnOlderDockerIsRead(Instance instance) throws IOException {
        byte[] layer = StoreFixture.tar("one", "1");
        byte[] config = ("{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"Cmd\":[\"sh\"]},"
                        + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" + Digest.of(layer) + "\",\""
                        + Digest.of(layer)
                        + "\"]}}")
                .getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(new GZIPOutputStream(bytes))) {
            file(tar, "aa/layer.tar", layer);
            TarArchiveEntry link = new TarArchiveEntry("bb/layer.tar", TarArchiveEntry.LF_SYMLINK);
            link.setLinkName("../aa/layer.tar");
            tar.putArchiveEntry(link);
            tar.closeArchiveEntry();
            file(tar, "c.json", config);
            file(
                    tar,
                    "manifest.json",
                    "[{\"Config\":\"c.json\",\"RepoTags\":[\"old:1\"],\"Layers\":[\"aa/layer.tar\",\"bb/layer.tar\"]}]"
                            .getBytes(StandardCharsets.UTF_8));
        }
        try (LocalImages images = StoreFixture.open(instance)) {
            Image image = images.load(new ByteArrayInputStream(bytes.toByteArray()), Progress.SILENT)
                    .getFirst();
            assertThat(image.names()).containsExactly(Reference.parse("old:1"));
            assertThat(image.id()).isEqualTo(Digest.of(config).toString());
            assertThat(images.prepare("c", image.layers()).lower().getFirst().resolve("one"))
                    .hasContent("1");
            images.release("c");
        }
    }

    @Test
    void aDamagedArchiveLeavesNothing(Instance instance) throws IOException {
        byte[] archive;
        try (LocalImages images = StoreFixture.open(instance)) {
            StoreFixture.make(images, Reference.parse("app:1"));
            archive = save(images, List.of("app:1"));
        }
        Instance second = StoreFixture.second(instance);
        for (int at : List.of(520, archive.length / 2)) {
            byte[] damaged = archive.clone();
            damaged[at] ^= 1;
            try (LocalImages other = StoreFixture.open(second)) {
                assertThatThrownBy(() -> other.load(new ByteArrayInputStream(damaged), Progress.SILENT))
                        .isInstanceOf(BerthException.class);
                assertThat(other.list()).isEmpty();
            }
            assertThat(second.root().resolve("images/blobs/sha256")).isEmptyDirectory();
        }
        try (LocalImages other = StoreFixture.open(second)) {
            byte[] cut = java.util.Arrays.copyOf(archive, archive.length / 2);
            assertThatThrownBy(() -> other.load(new ByteArrayInputStream(cut), Progress.SILENT))
                    .isInstanceOf(BerthException.class);
            assertThatThrownBy(() -> other.load(new ByteArrayInputStream(new byte[0]), Progress.SILENT))
                    .isInstanceOf(BerthException.class);
        }
        StoreFixture.open(second).close();
        assertThat(second.root().resolve("images/blobs/sha256")).isEmptyDirectory();
    }

    private static byte[] save(LocalImages images, List<String> names) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        images.save(names, out);
        return out.toByteArray();
    }

    private static void file(TarArchiveOutputStream tar, String name, byte[] content) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
    }

    /** Optional names are for images without one. */
    @Test
    void anImageWithoutANameTravelsToo(Instance instance) throws IOException {
        byte[] archive;
        String id;
        try (LocalImages images = StoreFixture.open(instance)) {
            id = StoreFixture.make(images, Optional.empty()).id();
            archive = save(images, List.of(id));
        }
        try (LocalImages other = StoreFixture.open(StoreFixture.second(instance))) {
            assertThat(other.load(new ByteArrayInputStream(archive), Progress.SILENT)
                            .getFirst()
                            .id())
                    .isEqualTo(id);
        }
    }
}
