package org.berth.image.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.image.Image;
import org.berth.image.Images;
import org.berth.image.LocalImages;
import org.berth.image.Reference;
import org.berth.image.StoreFixture;
import org.berth.image.registry.FakeRegistry;
import org.berth.image.store.Digest;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A daemon that is killed at any point of a load, a pull, a removal: whatever the disk is like then, the store opens, has
 * whole images only, no blob of another content, nothing unfinished, and the same work done again succeeds.
 */
@KernelTest
class CrashTest {
    private static final Reference APP = Reference.parse("app:1");
    private static final int LOOKED_AT = 20;

    @TempDir
    private Path folder;

    private Instance instance;
    private Path archive;
    private String id = "";

    @BeforeEach
    void prepare(Instance own) throws IOException {
        instance = own;
        archive = folder.resolve("app.tar");
        Instance other = StoreFixture.second(own);
        try (LocalImages images = StoreFixture.open(other);
                var out = Files.newOutputStream(archive)) {
            id = StoreFixture.make(images, APP).id();
            images.save(List.of("app:1"), out);
        }
    }

    /** What is done while the disk is watched, by the classes that tell when they change it. */
    private int watch(String work, String argument) throws Exception {
        Path states = Files.createDirectories(folder.resolve("states"));
        Files.createDirectories(instance.root());
        Crash.watch(instance.root(), states);
        try {
            Class<?> scenario =
                    new WritePoints(ClassLoader.getSystemClassLoader()).loadClass("org.berth.image.crash.Scenario");
            scenario.getMethod(work, Instance.class, String.class).invoke(null, instance, argument);
        } finally {
            Crash.point(); // the state at the end
        }
        return Crash.stop();
    }

    @Test
    void aLoadThatIsKilledAnywhereLeavesTheStoreWhole() throws Exception {
        int points = watch("load", archive.toString());
        assertThat(points).isGreaterThan(30);
        for (int i : some(0, points)) {
            Instance killed = state(i);
            try (LocalImages images = StoreFixture.open(killed)) {
                check(images, killed, i);
                try (var in = Files.newInputStream(archive)) {
                    images.load(in, Progress.SILENT);
                }
                checkImage(images, i);
            }
            checkBlobs(killed, i);
        }
    }

    @Test
    void aPullThatIsKilledAnywhereLeavesTheStoreWhole() throws Exception {
        FakeRegistry.Content content =
                FakeRegistry.Content.of(StoreFixture.tar("two", "2", "big", "x".repeat(300_000)));
        try (FakeRegistry registry = FakeRegistry.start(content::serve)) {
            Reference name = Reference.parse(registry.name() + "/app:1");
            int points = watch("pull", name.full());
            assertThat(points).isGreaterThan(20);
            for (int i : some(0, points)) {
                Instance killed = state(i);
                try (LocalImages images = StoreFixture.open(killed)) {
                    assertThat(images.list().size()).as("images at point " + i).isLessThan(2);
                    checkBlobs(killed, i);
                    Image pulled = images.pull(name, Progress.SILENT);
                    Images.Snapshot root = images.prepare("again", pulled.layers());
                    assertThat(root.lower().getFirst().resolve("two")).hasContent("2");
                    images.release("again");
                }
            }
        }
    }

    @Test
    void aRemovalThatIsKilledAnywhereLeavesTheStoreWhole() throws Exception {
        int points = watch("loadAndRemove", archive.toString());
        for (int i : some(points / 2, points)) {
            Instance killed = state(i);
            try (LocalImages images = StoreFixture.open(killed)) {
                check(images, killed, i);
            }
        }
    }

    /** Points all over the work, others at each run, and always the last one: all of them take too long for every day. */
    private static int[] some(int from, int to) {
        int[] chosen =
                new Random().ints(LOOKED_AT, from, to).sorted().distinct().toArray();
        chosen[chosen.length - 1] = to - 1;
        return Integer.getInteger("berth.crash.all", 0) > 0
                ? IntStream.range(from, to).toArray()
                : chosen;
    }

    private Instance state(int point) {
        return new Instance(folder.resolve("states").resolve(String.valueOf(point)), instance.run());
    }

    private void check(LocalImages images, Instance killed, int point) throws IOException {
        assertThat(images.list().size()).as("images at point " + point).isLessThan(2);
        if (!images.list().isEmpty()) {
            checkImage(images, point);
        }
        checkBlobs(killed, point);
        for (String drafts : List.of("images/drafts", "layers", "snapshots")) {
            assertThat(names(killed.root().resolve(drafts)))
                    .as(drafts + " at point " + point)
                    .noneMatch(name -> name.startsWith(".draft-"));
        }
    }

    private void checkImage(LocalImages images, int point) {
        Image image = images.list().getFirst();
        assertThat(image.id()).as("image at point " + point).isEqualTo(id);
        Images.Snapshot root = images.prepare("look", image.layers());
        assertThat(root.lower().getFirst().resolve("two")).as("point " + point).hasContent("2");
        assertThat(root.lower().getLast().resolve("one")).as("point " + point).hasContent("1");
        images.release("look");
    }

    private static void checkBlobs(Instance killed, int point) throws IOException {
        Path blobs = killed.root().resolve("images/blobs/sha256");
        for (String name : names(blobs)) {
            assertThat(Digest.of(Files.readAllBytes(blobs.resolve(name))).hex())
                    .as("blob at point " + point)
                    .isEqualTo(name);
        }
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(path -> String.valueOf(path.getFileName())).toList();
        }
    }
}
