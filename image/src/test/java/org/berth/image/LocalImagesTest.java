package org.berth.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.berth.image.LocalImagesFixture.APP;
import static org.berth.image.LocalImagesFixture.MADE;
import static org.berth.image.LocalImagesFixture.assertCode;
import static org.berth.image.LocalImagesFixture.config;
import static org.berth.image.LocalImagesFixture.layerFolders;
import static org.berth.image.LocalImagesFixture.mount;
import static org.berth.image.LocalImagesFixture.open;
import static org.berth.image.LocalImagesFixture.tar;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.image.registry.RegistrySettings;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.linux.path.FileStatus;
import org.berth.linux.path.Folder;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.LastLink;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** The store as a whole: layers in, images made of them, roots made of images, and all of it gone again. */
@KernelTest
class LocalImagesTest {
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
                            new LocalImagesFixture.Entry("tmp/", "", 01777, 5, 6),
                            new LocalImagesFixture.Entry("tmp/below/", "", 0700, 0, 0),
                            new LocalImagesFixture.Entry("made/", "", 0700, 0, 0)),
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
}
