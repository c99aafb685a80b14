package org.berth.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.image.registry.Command;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** What the store says that it takes is what du finds, but for folders (du counts these as well) and records. */
@KernelTest
class UsageTest {
    /** The length of a folder, to du. */
    private static final long FOLDER = 4096;

    @Test
    void agreesWithDu(Instance instance) throws IOException {
        try (LocalImages images = StoreFixture.open(instance)) {
            StoreFixture.make(images, Reference.parse("one:1"));
            StoreFixture.make(images, Reference.parse("two:1"));
            byte[] other = StoreFixture.tar("a/", "", "a/b", "y".repeat(123_456));
            String layer = images.addLayer(new ByteArrayInputStream(other), Progress.SILENT);
            Image made = images.create(
                    StoreFixture.config(), List.of(layer), List.of("x"), Optional.of(Reference.parse("three:1")));
            Images.Snapshot snapshot = images.prepare("c", made.layers());
            Files.write(snapshot.upper().resolve("written"), new byte[77_777]);
            Files.createLink(snapshot.upper().resolve("again"), snapshot.upper().resolve("written"));

            StoreUsage usage = images.usage();
            assertThat(usage.layersBytes()).isPositive().isCloseTo(du(instance, "layers"), within(8 * FOLDER));
            assertThat(usage.blobsBytes()).isPositive().isCloseTo(du(instance, "images/blobs"), within(2 * FOLDER));
            assertThat(images.snapshotBytes("c")).isEqualTo(77_777);
            assertThat(images.snapshotBytes("none")).isZero();
            long all = usage.bytes() + images.snapshotBytes("c");
            assertThat(all).isCloseTo(du(instance, "."), within(40 * FOLDER));

            images.release("c");
            images.list().forEach(image -> images.remove(image.id(), true));
            assertThat(images.usage().bytes()).isZero();
            assertThat(du(instance, "layers")).isLessThanOrEqualTo(FOLDER);
        }
    }

    private static long du(Instance instance, String folder) throws IOException {
        Path path = instance.root().resolve(folder);
        String said = Command.run("du", "-s", "--block-size=1", "--apparent-size", path.toString());
        return Long.parseLong(said.substring(0, said.indexOf('\t')));
    }
}
