package org.berth.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.image.registry.FakeRegistry;
import org.berth.image.registry.Ranges;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A disk that is full at any point of some work: it is told, nothing half-made stays, and with room the work is done. */
@KernelTest
class FullDiskTest {
    private static final long LARGE = 64L << 20;
    private static final long MOST_ROOM = 1L << 20;
    private static final long STEP = 72 * 1024;
    private static final Reference NEW = Reference.parse("new:1");

    private FakeRegistry.Content content = FakeRegistry.Content.of(new byte[0]);
    private Optional<FakeRegistry> registry = Optional.empty();
    private byte[] archive = new byte[0];

    /** Something that takes room. */
    enum Work {
        PULL {
            @Override
            void run(FullDiskTest test, LocalImages images) {
                images.pull(test.remote(), Progress.SILENT);
            }
        },
        LOAD {
            @Override
            void run(FullDiskTest test, LocalImages images) {
                images.load(new ByteArrayInputStream(test.archive), Progress.SILENT);
            }
        },
        IMPORT {
            @Override
            void run(FullDiskTest test, LocalImages images) {
                String layer = images.addLayer(new ByteArrayInputStream(test.content.layer()), Progress.SILENT);
                images.create(StoreFixture.config(), List.of(layer), List.of("import"), Optional.of(NEW));
            }
        },
        COMMIT {
            @Override
            void run(FullDiskTest test, LocalImages images) {
                Images.Snapshot changed = images.snapshot("changed").orElseThrow();
                String layer = images.addLayer(changed.upper(), Progress.SILENT);
                images.create(StoreFixture.config(), List.of(layer), List.of("commit"), Optional.of(NEW));
            }
        },
        BUILD_STEP {
            @Override
            void run(FullDiskTest test, LocalImages images) {
                String layer = images.snapshot("changed").isPresent()
                        ? images.commit("changed", Progress.SILENT)
                        : images.addLayer(new ByteArrayInputStream(test.content.layer()), Progress.SILENT);
                images.create(StoreFixture.config(), List.of(layer), List.of("step"), Optional.of(NEW));
            }
        };

        abstract void run(FullDiskTest test, LocalImages images);
    }

    @BeforeEach
    void prepare(Instance instance) throws IOException {
        byte[] noise = new byte[150_000];
        new Random(5).nextBytes(noise);
        String text = new String(noise, StandardCharsets.ISO_8859_1);
        content = FakeRegistry.Content.of(StoreFixture.tar("one", text, "folder/", "", "folder/two", text));
        registry = Optional.of(FakeRegistry.start(exchange -> content.serve(exchange)));
        Instance other = StoreFixture.second(instance);
        try (LocalImages images = StoreFixture.open(other)) {
            images.tag(images.pull(remote(), Progress.SILENT).id(), NEW);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            images.save(List.of(NEW.full()), out);
            archive = out.toByteArray();
        }
    }

    @AfterEach
    void stopRegistry() {
        registry.ifPresent(FakeRegistry::close);
    }

    private Reference remote() {
        return Reference.parse(registry.orElseThrow().name() + "/app:1");
    }

    @ParameterizedTest
    @EnumSource(Work.class)
    void isToldAndNothingTornStays(Work work, Instance instance) throws IOException {
        run(work, instance, Ranges.STANDARD);
    }

    @ParameterizedTest
    @EnumSource(value = Work.class, names = "PULL")
    void soItIsForBlobsInParts(Work work, Instance instance) throws IOException {
        run(work, instance, new Ranges(1, 50_000, 3));
    }

    private void run(Work work, Instance instance, Ranges ranges) throws IOException {
        int refused = 0;
        boolean done = false;
        for (long room = 0; room <= MOST_ROOM; room += STEP) {
            Path root = Files.createDirectories(instance.root());
            try (SmallDisk disk = new SmallDisk(root, LARGE)) {
                done = attempt(work, instance, ranges, disk, room);
                refused += done ? 0 : 1;
            }
        }
        assertThat(refused).as("times that there was no room").isGreaterThan(3);
        assertThat(done).as("in the end there was room").isTrue();
    }

    /** @return whether the room was enough */
    private boolean attempt(Work work, Instance instance, Ranges ranges, SmallDisk disk, long room) throws IOException {
        boolean enough;
        List<String> before;
        try (LocalImages images = StoreFixture.open(instance, ranges)) {
            Images.Snapshot changed = images.prepare("changed", List.of());
            Files.write(changed.upper().resolve("one"), content.layer());
            images.addLayer(new ByteArrayInputStream(StoreFixture.tar("base", "1")), Progress.SILENT);
            before = contents(instance);
            disk.resize(used(instance) + room);
            enough = succeeds(() -> work.run(this, images));
            if (!enough) {
                assertThat(images.list()).isEmpty();
                assertThat(contents(instance))
                        .as("what is left with room for %d", room)
                        .isEqualTo(before);
            }
        }
        disk.resize(LARGE);
        try (LocalImages images = StoreFixture.open(instance, ranges)) {
            if (!enough) {
                work.run(this, images);
            }
            Image made = images.list().getFirst();
            Images.Snapshot look = images.prepare("look", made.layers());
            assertThat(look.lower().getFirst().resolve("one")).isNotEmptyFile();
            images.release("look");
        }
        return enough;
    }

    private static boolean succeeds(Runnable work) {
        try {
            work.run();
            return true;
        } catch (BerthException e) {
            assertThatExceptionOfType(BerthException.class)
                    .isThrownBy(() -> {
                        throw e;
                    })
                    .satisfies(full -> assertThat(full.code()).isEqualTo(ErrorCode.EXHAUSTED))
                    .withMessageContaining("no space left on device");
            return false;
        }
    }

    /** Blobs, layers, drafts and records. */
    private static List<String> contents(Instance instance) throws IOException {
        try (Stream<Path> files = Stream.concat(
                Files.walk(instance.root().resolve("images")),
                Files.list(instance.root().resolve("layers")))) {
            return files.map(file -> instance.root().relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    private static long used(Instance instance) throws IOException {
        FileStore store = Files.getFileStore(instance.root());
        return store.getTotalSpace() - store.getUnallocatedSpace();
    }
}
