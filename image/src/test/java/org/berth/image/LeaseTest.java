package org.berth.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.oci.Documents;
import org.berth.image.oci.Manifest;
import org.berth.image.oci.MediaTypes;
import org.berth.image.registry.FakeRegistry;
import org.berth.image.store.Digest;
import org.berth.testing.Await;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Layers of a pull that was cut are there for the next, though the daemon ended meanwhile; nobody else's are kept for long. */
@KernelTest
class LeaseTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private byte[] one = new byte[0];
    private byte[] two = new byte[0];
    private byte[] config = new byte[0];
    private volatile boolean whole;
    private volatile Path first = Path.of("");

    @BeforeEach
    void prepare() throws IOException {
        one = StoreFixture.tar("one", "1");
        two = StoreFixture.tar("two", "2");
        config = ("{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\""
                        + Digest.of(one) + "\",\"" + Digest.of(two) + "\"]}}")
                .getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void wholeLayersOfAPullThatWasCutAreNotFetchedAgain(Instance instance) throws IOException {
        try (FakeRegistry registry = FakeRegistry.start(this::serve)) {
            cut(instance, registry);
            try (LocalImages images = StoreFixture.open(instance)) {
                assertThat(LocalImagesFixture.blobs(instance))
                        .contains(Digest.of(one).hex());
                whole = true;
                registry.requests().clear();
                images.pull(name(registry), Progress.SILENT);
                assertThat(registry.requests())
                        .noneMatch(request -> request.endsWith(Digest.of(one).toString()));
                assertThat(leases(instance)).isEmpty();
                images.remove(name(registry).full(), true);
            }
            assertThat(LocalImagesFixture.blobs(instance)).isEmpty();
            assertThat(LocalImagesFixture.layerFolders(instance)).isEmpty();
        }
    }

    @Test
    void aPruneForgetsThem(Instance instance) throws IOException {
        try (FakeRegistry registry = FakeRegistry.start(this::serve)) {
            cut(instance, registry);
            try (LocalImages images = StoreFixture.open(instance)) {
                assertThat(images.tidy()).isGreaterThanOrEqualTo(one.length + 1);
                assertThat(LocalImagesFixture.blobs(instance)).isEmpty();
                assertThat(leases(instance)).isEmpty();
            }
        }
    }

    @Test
    void theirTimeEnds(Instance instance) throws IOException {
        try (FakeRegistry registry = FakeRegistry.start(this::serve)) {
            cut(instance, registry);
        }
        Path lease = leases(instance).getFirst();
        Files.writeString(lease, Files.readString(lease).replaceAll("[0-9]{10}", "1700000000"));
        StoreFixture.open(instance).close();
        assertThat(LocalImagesFixture.blobs(instance)).isEmpty();
        assertThat(leases(instance)).isEmpty();
    }

    @Test
    void oneThatACrashToreIsNone(Instance instance) throws IOException {
        try (FakeRegistry registry = FakeRegistry.start(this::serve)) {
            cut(instance, registry);
        }
        Path lease = leases(instance).getFirst();
        Files.copy(lease, lease.resolveSibling("torn.json"), StandardCopyOption.REPLACE_EXISTING);
        Files.writeString(lease, "{\"digests\":[\"sha");
        StoreFixture.open(instance).close();
        assertThat(leases(instance)).hasSize(1);
    }

    /** The first layer comes, the second doesn't. */
    private void cut(Instance instance, FakeRegistry registry) {
        first = instance.root().resolve("images/layers").resolve(Digest.of(one).hex());
        try (LocalImages images = StoreFixture.open(instance)) {
            assertThatThrownBy(() -> images.pull(name(registry), Progress.SILENT))
                    .isNotNull();
        }
    }

    private static BlobDescriptor descriptor(String type, byte[] content) {
        return BlobDescriptor.of(type, Digest.of(content).toString(), content.length);
    }

    private static List<Path> leases(Instance instance) throws IOException {
        try (Stream<Path> files = Files.list(instance.root().resolve("images/leases"))) {
            return files.toList();
        }
    }

    private static Reference name(FakeRegistry registry) {
        return Reference.parse(registry.name() + "/app:1");
    }

    private void serve(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (path.contains("/manifests/")) {
            byte[] manifest = Documents.write(Manifest.of(
                    descriptor(MediaTypes.CONFIG, config),
                    List.of(descriptor(MediaTypes.LAYER, one), descriptor(MediaTypes.LAYER, two))));
            FakeRegistry.answer(exchange, 200, java.util.Map.of("Content-Type", MediaTypes.MANIFEST), manifest);
            return;
        }
        for (byte[] blob : List.of(config, one, two)) {
            if (path.endsWith(Digest.of(blob).toString())) {
                if (blob == two && !whole) {
                    Await.until(
                            "the first layer is there", PATIENCE, () -> Files.exists(first)); // they come side by side
                    FakeRegistry.error(exchange, 404, "BLOB_UNKNOWN", "not now");
                    return;
                }
                FakeRegistry.answer(exchange, 200, java.util.Map.of(), blob);
            }
        }
    }
}
