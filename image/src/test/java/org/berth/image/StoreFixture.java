package org.berth.image;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.image.registry.Ranges;
import org.berth.image.registry.RegistrySettings;

/** A store for a test, and small images in it. */
public final class StoreFixture {
    /** When its images were made. */
    public static final Instant MADE = Instant.parse("2026-01-02T03:04:05Z");

    private StoreFixture() {}

    /** The store of an instance, with no mirrors and no credentials. */
    public static LocalImages open(Instance instance) {
        return open(instance, Ranges.STANDARD);
    }

    /** As above, with large blobs fetched in a way of one's own. */
    public static LocalImages open(Instance instance, Ranges ranges) {
        return open(
                instance,
                new RegistrySettings(
                                Map.of(),
                                instance.root().resolve("no-credentials.json"),
                                Duration.ofSeconds(5),
                                Duration.ofSeconds(30))
                        .with(ranges));
    }

    /** As above, with registries reached in a way of one's own. */
    public static LocalImages open(Instance instance, RegistrySettings registries) {
        return new LocalImages(instance, LocalImagesFixture.noBootstrap(), registries, InstantSource.fixed(MADE));
    }

    /** Another store, beside the instance's own. */
    public static Instance second(Instance instance) {
        return new Instance(instance.root().resolveSibling("second"), instance.run());
    }

    /** An uncompressed layer of these names and contents. */
    public static byte[] tar(String... namesAndContents) throws IOException {
        return LocalImagesFixture.tar(namesAndContents).readAllBytes();
    }

    /** An image of two layers, the upper one larger. */
    public static Image make(LocalImages images, Reference name) throws IOException {
        return make(images, Optional.of(name));
    }

    /** As above, maybe with no name. */
    public static Image make(LocalImages images, Optional<Reference> name) throws IOException {
        String one = images.addLayer(new ByteArrayInputStream(tar("one", "1", "etc/", "")), Progress.SILENT);
        String two =
                images.addLayer(new ByteArrayInputStream(tar("two", "2", "big", "x".repeat(300_000))), Progress.SILENT);
        return images.create(config(), List.of(one, two), List.of("one", "two"), name);
    }

    /** A configuration with something in it. */
    public static ImageConfig config() {
        return new ImageConfig(
                "amd64",
                MADE,
                List.of("A=b"),
                List.of(),
                List.of("sh"),
                "",
                "/srv",
                Set.of("80/tcp"),
                Set.of(),
                Map.of("l", "v"),
                "");
    }
}
