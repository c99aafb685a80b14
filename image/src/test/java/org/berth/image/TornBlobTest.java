package org.berth.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.image.registry.FakeRegistry;
import org.berth.image.store.Digest;
import org.berth.testing.Await;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Parts of blobs, and blobs that a disk has damaged: what is sound is used, the rest is fetched anew. */
@KernelTest
class TornBlobTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private FakeRegistry.Content content = FakeRegistry.Content.of(new byte[0]);
    private final List<String> ranges = Collections.synchronizedList(new ArrayList<>());
    private volatile int cutAfter;
    private final CountDownLatch begun = new CountDownLatch(1);

    @BeforeEach
    void prepare() throws IOException {
        content = FakeRegistry.Content.of(StoreFixture.tar("two", "2", "big", "x".repeat(1_000_000)));
    }

    @Test
    void whatCameBeforeTheDaemonEndedIsNotFetchedAgain(Instance instance) throws IOException {
        try (FakeRegistry registry = FakeRegistry.start(this::serve)) {
            breakOff(instance, registry);
            pullAndLook(instance, registry);
            assertThat(ranges).last().asString().matches("bytes=[1-9][0-9]+-");
        }
    }

    @Test
    void aPartThatIsTornIsFetchedAnew(Instance instance) throws IOException {
        try (FakeRegistry registry = FakeRegistry.start(this::serve)) {
            breakOff(instance, registry);
            Path partial = partial(instance);
            byte[] part = Files.readAllBytes(partial);
            Arrays.fill(part, part.length / 2, part.length, (byte) 0); // as a power cut leaves it
            Files.write(partial, part);
            pullAndLook(instance, registry);
        }
    }

    @Test
    void aBlobThatIsTornIsFetchedAnew(Instance instance) throws IOException {
        Path blob = instance.root()
                .resolve("images/blobs/sha256/" + Digest.of(content.layer()).hex());
        try (FakeRegistry registry = FakeRegistry.start(this::serve)) {
            pullAndLook(instance, registry);
            for (boolean shorter : List.of(true, false)) {
                byte[] torn = Files.readAllBytes(blob);
                torn[600] ^= 1;
                Files.write(blob, shorter ? Arrays.copyOf(torn, 1000) : torn);
                forget(instance);
                pullAndLook(instance, registry);
                assertThat(Digest.of(Files.readAllBytes(blob))).isEqualTo(Digest.of(content.layer()));
            }
        }
    }

    @Test
    void aPullThatIsCalledOffIsTakenUpByTheNext(Instance instance) throws Exception {
        try (FakeRegistry registry = FakeRegistry.start(this::serve)) {
            cutAfter = -1; // sends a part, and then nothing
            try (LocalImages images = StoreFixture.open(instance)) {
                Thread pull = Thread.ofPlatform().start(() -> {
                    try {
                        images.pull(name(registry), Progress.SILENT);
                    } catch (RuntimeException e) {
                        // called off
                    }
                });
                begun.await();
                Await.until("part of the layer came", PATIENCE, () -> size(partial(instance)) > 100_000);
                pull.interrupt();
                pull.join();
            }
            cutAfter = 0;
            pullAndLook(instance, registry);
            assertThat(ranges).last().asString().matches("bytes=[1-9][0-9]+-");
        }
    }

    private void breakOff(Instance instance, FakeRegistry registry) {
        cutAfter = 400_000;
        try (LocalImages images = StoreFixture.open(instance)) {
            assertThatThrownBy(() -> images.pull(name(registry), Progress.SILENT))
                    .isNotNull();
        }
        cutAfter = 0;
    }

    private static void pullAndLook(Instance instance, FakeRegistry registry) {
        try (LocalImages images = StoreFixture.open(instance)) {
            Image pulled = images.pull(name(registry), Progress.SILENT);
            Images.Snapshot root = images.prepare("look", pulled.layers());
            assertThat(root.lower().getFirst().resolve("two")).hasContent("2");
            images.release("look");
        }
    }

    /** The unpacked layer goes, as after a power cut; its blob stays. */
    private void forget(Instance instance) throws IOException {
        Files.delete(instance.root()
                .resolve("images/layers/" + Digest.of(content.layer()).hex()));
    }

    private Path partial(Instance instance) {
        return instance.root()
                .resolve("images/drafts/.partial-" + Digest.of(content.layer()).hex());
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return 0;
        }
    }

    private static Reference name(FakeRegistry registry) {
        return Reference.parse(registry.name() + "/app:1");
    }

    private void serve(HttpExchange exchange) throws IOException {
        byte[] layer = content.layer();
        if (!content.isLayer(exchange)) {
            content.serve(exchange);
            return;
        }
        Optional<String> range =
                Optional.ofNullable(exchange.getRequestHeaders().getFirst("Range"));
        range.ifPresent(ranges::add);
        int from = range.map(text -> Integer.parseInt(text.replaceAll("[^0-9]", "")))
                .orElse(0);
        Map<String, String> headers =
                Map.of("Content-Range", "bytes " + from + "-" + (layer.length - 1) + "/" + layer.length);
        if (cutAfter == 0) {
            FakeRegistry.answer(
                    exchange, range.isPresent() ? 206 : 200, headers, Arrays.copyOfRange(layer, from, layer.length));
            return;
        }
        if (range.isPresent() && cutAfter > 0) {
            FakeRegistry.error(exchange, 404, "BLOB_UNKNOWN", "out of order");
            return;
        }
        exchange.sendResponseHeaders(range.isPresent() ? 206 : 200, layer.length - from);
        exchange.getResponseBody().write(layer, from, 400_000);
        exchange.getResponseBody().flush();
        begun.countDown();
        if (cutAfter < 0) {
            Await.until("the pull was called off", PATIENCE, () -> cutAfter == 0);
        }
        throw new IOException("cut");
    }
}
