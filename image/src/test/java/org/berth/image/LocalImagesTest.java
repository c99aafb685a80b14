package org.berth.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.image.layer.TarEntry;
import org.berth.image.layer.TarWriter;
import org.berth.image.registry.Command;
import org.berth.image.registry.RegistrySettings;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.linux.path.FileStatus;
import org.berth.linux.path.Folder;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.LastLink;
import org.berth.linux.path.MergedRoot;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The store as a whole: layers in, images made of them, roots made of images, and all of it gone again. */
@KernelTest
class LocalImagesTest {
    private static final Instant MADE = Instant.parse("2026-01-02T03:04:05Z");
    private static final Reference APP = Reference.parse("app:1");

    @Test
    void makesAnImageOfLayersAndFindsIt(Instance instance) throws IOException {
        try (LocalImages images = open(instance)) {
            String layer = images.addLayer(tar("etc/motd", "hello"), Progress.SILENT);
            Image made = images.create(config("sh"), List.of(layer), List.of("by hand"), Optional.of(APP));

            assertThat(made.layers()).containsExactly(layer);
            assertThat(made.names()).containsExactly(APP);
            assertThat(made.config()).isEqualTo(config("sh"));
            assertThat(made.sizeBytes()).isEqualTo(5);
            assertThat(images.find("app:1")).contains(made);
            assertThat(images.find(made.id())).contains(made);
            assertThat(images.find(made.id().substring(7, 15))).contains(made);
            assertThat(images.find("docker.io/library/app@" + made.manifestDigest()))
                    .contains(made);
            assertThat(images.find("app:2")).isEmpty();
            assertThat(images.list()).containsExactly(made);
        }
        try (LocalImages again = open(instance)) {
            assertThat(again.find("app:1")).isPresent();
        }
    }

    @Test
    void mergesLayersIntoARootAndKeepsItsChangesAsALayer(Instance instance) throws IOException {
        try (LocalImages images = open(instance)) {
            String base = images.addLayer(
                    tar("etc/", "", "etc/kept", "1", "etc/gone", "2", "dir/", "", "dir/old", "3"), Progress.SILENT);
            Images.Snapshot snapshot = images.prepare("build-1", List.of(base));
            try (InRoot root = mount(snapshot)) {
                root.unlink("/etc/gone");
                root.removeAll("/dir");
                root.makeFolder("/dir", 0755);
                root.replace("/dir/new", "4".getBytes(StandardCharsets.UTF_8), 0644, 7, 8);
            }
            String change = images.addLayer(snapshot.upper(), Progress.SILENT);
            images.release("build-1");
            Images.Snapshot merged = images.prepare("run-1", List.of(base, change));
            try (InRoot root = mount(merged)) {
                assertThat(root.readText("/etc/kept", 9)).contains("1");
                assertThat(root.readText("/etc/gone", 9)).isEmpty();
                assertThat(root.readText("/dir/old", 9)).isEmpty();
                assertThat(root.readText("/dir/new", 9)).contains("4");
                assertThat(root.status("/dir/new", LastLink.FOLLOW).uid()).isEqualTo(7);
            }
            images.release("run-1");
            assertThat(images.snapshot("run-1")).isEmpty();
        }
    }

    @Test
    void aSnapshotBecomesALayerWithoutACopy(Instance instance) throws IOException {
        try (LocalImages images = open(instance)) {
            String base = images.addLayer(tar("etc/", "", "etc/gone", "1", "etc/kept", "2"), Progress.SILENT);
            Images.Snapshot first = images.prepare("one", List.of(base));
            Images.Snapshot second = images.prepare("two", List.of(base));
            for (Images.Snapshot snapshot : List.of(first, second)) {
                try (InRoot root = mount(snapshot)) {
                    root.unlink("/etc/gone");
                    root.replace("/etc/new", "3".getBytes(StandardCharsets.UTF_8), 0600, 1, 2);
                    root.setModified("/etc/new", MADE, LastLink.KEEP);
                    root.setModified("/etc", MADE, LastLink.KEEP);
                    root.setModified("/", MADE, LastLink.KEEP);
                }
            }
            String copied = images.addLayer(first.upper(), Progress.SILENT);
            images.remove(
                    images.create(config("x"), List.of(base, copied), List.of(), Optional.empty())
                            .id(),
                    true);
            String moved = images.commit("two", Progress.SILENT);

            assertThat(moved).isEqualTo(copied);
            assertThat(images.snapshot("two")).isEmpty();
            try (InRoot root = mount(images.prepare("three", List.of(base, moved)))) {
                assertThat(root.list("/etc")).extracting(Folder.Entry::name).containsExactlyInAnyOrder("kept", "new");
            }
        }
    }

    @Test
    void foldersThatALayerImpliesKeepTheOwnerAndModeFromBelow(Instance instance) throws IOException {
        try (LocalImages images = open(instance)) {
            String base = images.addLayer(
                    tar(
                            new Entry("tmp/", "", 01777, 5, 6),
                            new Entry("tmp/below/", "", 0700, 0, 0),
                            new Entry("made/", "", 0700, 0, 0)),
                    Progress.SILENT);
            String top = images.addLayer(
                    tar("tmp/file", "1", ".wh.made", "", "made/file", "2", "other/file", "3"), Progress.SILENT);
            try (InRoot root = mount(images.prepare("c", List.of(base, top)))) {
                assertThat(root.status("/tmp", LastLink.KEEP))
                        .extracting(FileStatus::mode, FileStatus::uid, FileStatus::gid)
                        .containsExactly(01777, 5L, 6L);
                assertThat(root.status("/tmp/below", LastLink.KEEP).mode()).isEqualTo(0700);
                assertThat(root.status("/made", LastLink.KEEP).mode()).isEqualTo(0755);
                assertThat(root.status("/other", LastLink.KEEP).mode()).isEqualTo(0755);
                assertThat(root.readText("/tmp/file", 9)).contains("1");
            }
        }
    }

    @Test
    void anOpaqueRootHidesAllLayersBelow(Instance instance) throws IOException {
        try (LocalImages images = open(instance)) {
            String base = images.addLayer(tar("below", "1"), Progress.SILENT);
            String top = images.addLayer(tar(".wh..wh..opq", "", "above", "2"), Progress.SILENT);
            try (InRoot root = mount(images.prepare("c", List.of(base, top)))) {
                assertThat(root.list("/")).extracting(Folder.Entry::name).containsExactly("above");
            }
        }
    }

    @Test
    void aLayerThatIsThereTwiceIsMountedOnce(Instance instance) throws IOException {
        try (LocalImages images = open(instance)) {
            String one = images.addLayer(tar("one", "1"), Progress.SILENT);
            String two = images.addLayer(tar(".wh.one", "", "two", "2"), Progress.SILENT);
            try (InRoot root = mount(images.prepare("c", List.of(one, two, one)))) {
                assertThat(root.list("/")).extracting(Folder.Entry::name).containsExactlyInAnyOrder("one", "two");
            }
        }
    }

    @Test
    void manyAtOnceMakeTheSameImage(Instance instance) throws Exception {
        try (LocalImages images = open(instance);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Image>> made = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                String name = "app:" + i;
                made.add(threads.submit(() -> {
                    String layer = images.addLayer(tar("f", "same"), Progress.SILENT);
                    images.release(images.prepare(name.replace(':', '-'), List.of(layer))
                            .key());
                    return images.create(config("x"), List.of(layer), List.of(), Optional.of(Reference.parse(name)));
                }));
            }
            for (Future<Image> image : made) {
                assertThat(image.get().id()).isEqualTo(made.getFirst().get().id());
            }
            assertThat(images.list()).hasSize(1);
            assertThat(images.list().getFirst().names()).hasSize(8);
            assertThat(layerFolders(instance)).hasSize(1);
        }
    }

    @Test
    void aFullDiskIsToldAndLeavesNothing(Instance instance) throws IOException {
        Files.createDirectories(instance.root());
        mountSmallDisk(instance.root());
        try (LocalImages images = open(instance)) {
            assertCode(ErrorCode.EXHAUSTED, () -> images.addLayer(tar("f", "x".repeat(9_000_000)), Progress.SILENT));
            // the blob has room, the files don't
            assertCode(ErrorCode.EXHAUSTED, () -> images.addLayer(tar("f", "x".repeat(3_000_000)), Progress.SILENT));
            assertThat(instance.root().resolve("images/drafts")).isEmptyDirectory();
            assertThat(instance.root().resolve("layers")).isEmptyDirectory();
            images.addLayer(tar("f", "small"), Progress.SILENT);
        } finally {
            unmount(instance.root());
        }
    }

    @Test
    void whatIsNoArchiveIsRefused(Instance instance) {
        try (LocalImages images = open(instance)) {
            for (byte[] content : List.of(
                    "no tar".repeat(200).getBytes(StandardCharsets.UTF_8), new byte[] {0x1f, (byte) 0x8b, 8, 0, 1})) {
                assertCode(
                        ErrorCode.INVALID, () -> images.addLayer(new ByteArrayInputStream(content), Progress.SILENT));
            }
            assertThat(instance.root().resolve("layers")).isEmptyDirectory();
        }
    }

    @Test
    void manyWhoWantAnImageGetItByOneBootstrap(Instance instance) throws Exception {
        AtomicInteger bootstraps = new AtomicInteger();
        Bootstrap bootstrap = new Bootstrap() {
            @Override
            public boolean supports(Reference reference) {
                return true;
            }

            @Override
            public void bootstrap(Reference reference, Path emptyFolder, Progress progress) {
                bootstraps.incrementAndGet();
            }
        };
        try (LocalImages images =
                        new LocalImages(instance, bootstrap, RegistrySettings.fromEnvironment(Map.of()), () -> MADE);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Image>> wanted = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                wanted.add(threads.submit(
                        () -> images.obtain(Reference.parse("nowhere.invalid/debian"), Progress.SILENT)));
            }
            for (Future<Image> image : wanted) {
                assertThat(image.get().names()).hasSize(1);
            }
            assertThat(bootstraps).hasValue(1);
        }
    }

    private static void mountSmallDisk(Path folder) {
        try (Arena arena = Arena.ofConfined()) {
            SystemCalls.call(
                    "mount a small disk",
                    SystemCallNumber.MOUNT,
                    SystemCalls.text(arena, "tmpfs").address(),
                    SystemCalls.text(arena, folder.toString()).address(),
                    SystemCalls.text(arena, "tmpfs").address(),
                    0,
                    SystemCalls.text(arena, "size=5m").address());
        }
    }

    private static void unmount(Path folder) {
        try (Arena arena = Arena.ofConfined()) {
            SystemCalls.call(
                    "unmount",
                    SystemCallNumber.UMOUNT2,
                    SystemCalls.text(arena, folder.toString()).address(),
                    2);
        }
    }

    @Test
    void aSnapshotRemembersManyLayers(Instance instance) throws IOException {
        try (LocalImages images = open(instance)) {
            List<String> layers = new ArrayList<>();
            for (int i = 0; i < 130; i++) {
                layers.add(images.addLayer(tar("f" + i, "1"), Progress.SILENT));
            }
            images.prepare("many", layers);
            images.prepare("none", List.of());
            List<String> hexadecimal =
                    layers.reversed().stream().map(layer -> layer.substring(7)).toList();
            assertThat(images.snapshot("many").orElseThrow().lower())
                    .extracting(path -> String.valueOf(path.getFileName()))
                    .isEqualTo(hexadecimal);
            assertThat(images.snapshot("none").orElseThrow().lower()).hasSize(1);
            Files.delete(instance.root().resolve("snapshots/none/layers-1.0"));
            assertCode(ErrorCode.UNSUPPORTED, () -> images.snapshot("none"));
        }
    }

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

    @Test
    void keysAndLayersAreChecked(Instance instance) throws IOException {
        try (LocalImages images = open(instance)) {
            assertCode(ErrorCode.INVALID, () -> images.prepare("../x", List.of()));
            assertCode(ErrorCode.NOT_FOUND, () -> images.prepare("x", List.of("sha256:" + "0".repeat(64))));
            assertCode(ErrorCode.INVALID, () -> images.prepare("x", List.of("sha256:../../etc")));
            images.prepare("x", List.of());
            assertCode(ErrorCode.CONFLICT, () -> images.prepare("x", List.of()));
            images.release("x");
            images.release("x");
        }
    }

    private static LocalImages open(Instance instance) {
        return new LocalImages(instance, noBootstrap(), RegistrySettings.fromEnvironment(Map.of()), () -> MADE);
    }

    static Bootstrap noBootstrap() {
        return new Bootstrap() {
            @Override
            public boolean supports(Reference reference) {
                return false;
            }

            @Override
            public void bootstrap(Reference reference, Path emptyFolder, Progress progress) {
                throw new AssertionError("not to be called");
            }
        };
    }

    private static InRoot mount(Images.Snapshot snapshot) {
        return MergedRoot.mount(
                snapshot.lower(), Optional.of(new MergedRoot.Changes(snapshot.upper(), snapshot.work())));
    }

    private static ImageConfig labelled(String label) {
        return new ImageConfig(
                "amd64", MADE, List.of(), List.of(), List.of(), "", "", Set.of(), Set.of(), Map.of(label, "1"), "");
    }

    private static ImageConfig config(String command) {
        return new ImageConfig(
                "amd64",
                MADE,
                List.of("A=b"),
                List.of("/init"),
                List.of(command),
                "1:2",
                "/srv",
                Set.of("80/tcp"),
                Set.of("/data"),
                Map.of("l", "v"),
                "SIGINT");
    }

    private record Entry(String path, String content, int mode, long uid, long gid) {}

    /** A tar of path and content pairs; a path that ends in a slash is a folder. */
    static ByteArrayInputStream tar(String... pathsAndContents) throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < pathsAndContents.length; i += 2) {
            String path = pathsAndContents[i];
            entries.add(new Entry(path, pathsAndContents[i + 1], path.endsWith("/") ? 0755 : 0644, 0, 0));
        }
        return tar(entries.toArray(Entry[]::new));
    }

    private static ByteArrayInputStream tar(Entry... entries) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (TarWriter tar = new TarWriter(out)) {
            for (Entry entry : entries) {
                byte[] content = entry.content.getBytes(StandardCharsets.UTF_8);
                tar.put(new TarEntry(
                        entry.path,
                        entry.path.endsWith("/") ? TarEntry.Kind.FOLDER : TarEntry.Kind.FILE,
                        entry.mode,
                        entry.uid,
                        entry.gid,
                        content.length,
                        MADE,
                        "",
                        0,
                        0,
                        Collections.emptySortedMap()));
                tar.write(content, 0, content.length);
            }
        }
        return new ByteArrayInputStream(out.toByteArray());
    }

    private static List<String> layerFolders(Instance instance) throws IOException {
        return names(instance.root().resolve("layers"));
    }

    private static List<String> blobs(Instance instance) throws IOException {
        return names(instance.root().resolve("images/blobs/sha256"));
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(path -> String.valueOf(path.getFileName())).toList();
        }
    }

    private static void assertCode(ErrorCode code, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        BerthException.class, e -> assertThat(e.code()).isEqualTo(code));
    }
}
