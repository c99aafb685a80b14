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
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.image.registry.FakeRegistry;
import org.berth.image.registry.Ranges;
import org.berth.testing.Await;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Large layers come in parts, several at once; what came is not asked for again, and all is verified. */
@KernelTest
class PartedPullTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int PART = 100_000;
    private static final Ranges IN_PARTS = new Ranges(1, PART, 3);

    private FakeRegistry.Content content = FakeRegistry.Content.of(new byte[0]);
    /** Bytes of the layer that were sent. */
    private final BitSet sent = new BitSet();

    private final List<String> ranges = Collections.synchronizedList(new ArrayList<>());
    private volatile Server server = PartedPullTest::answer;
    private volatile boolean calledOff;
    private volatile int resumedAt;

    /** How the layer is served. */
    @FunctionalInterface
    private interface Server {
        void serve(PartedPullTest test, HttpExchange exchange, int from, int to) throws IOException;
    }

    @BeforeEach
    void prepare() throws IOException {
        byte[] noise = new byte[1_000_000];
        new Random(1).nextBytes(noise);
        String text = new String(noise, java.nio.charset.StandardCharsets.ISO_8859_1);
        content = FakeRegistry.Content.of(StoreFixture.tar("two", "2", "big", text));
    }

    @Test
    void severalPartsAreUnderWayTogether(Instance instance) throws IOException {
        AtomicInteger underWay = new AtomicInteger();
        server = (test, exchange, from, to) -> {
            underWay.incrementAndGet();
            if (ranges.size() <= 3) {
                Await.until("three parts are asked for at once", PATIENCE, () -> underWay.get() >= 3);
            }
            answer(test, exchange, from, to);
        };
        try (FakeRegistry registry = FakeRegistry.start(this::serve)) {
            pullAndLook(instance, registry);
        }
        assertThat(ranges)
                .hasSize(Math.ceilDiv(content.layer().length, PART))
                .contains("bytes=0-99999", "bytes=100000-199999");
        assertThat(drafts(instance)).isEmpty();
    }

    @Test
    void aServerThatKnowsNoPartsSendsAll(Instance instance) throws IOException {
        server = (test, exchange, from, to) -> FakeRegistry.answer(exchange, 200, Map.of(), content.layer());
        try (FakeRegistry registry = FakeRegistry.start(this::serve)) {
            pullAndLook(instance, registry);
        }
        assertThat(drafts(instance)).isEmpty();
    }

    @Test
    void aPartThatIsCutIsTakenUpWhereItWasCut(Instance instance) throws IOException {
        server = (test, exchange, from, to) -> {
            if (to - from > PART / 2) {
                cut(test, exchange, from, to);
            } else {
                answer(test, exchange, from, to);
            }
        };
        try (FakeRegistry registry = FakeRegistry.start(this::serve)) {
            pullAndLook(instance, registry);
        }
        assertThat(ranges)
                .anyMatch(range -> range.matches("bytes=[1-9][0-9]*-99999"))
                .anyMatch(range -> range.matches("bytes=1[0-9]{5}-199999") && !range.startsWith("bytes=100000-"));
    }

    @Test
    void theNextPullAsksForWhatIsMissing(Instance instance) throws IOException {
        breakOff(instance);
        sent.clear();
        server = PartedPullTest::answer;
        try (FakeRegistry registry = FakeRegistry.start(this::serve)) {
            pullAndLook(instance, registry);
        }
        BitSet missing = new BitSet();
        missing.set(resumedAt, content.layer().length);
        assertThat(sent).as("bytes sent the second time").isEqualTo(missing);
    }

    @Test
    void theNextPullMayTakeAllInOnePiece(Instance instance) throws IOException {
        breakOff(instance);
        ranges.clear();
        server = PartedPullTest::answer;
        try (FakeRegistry registry = FakeRegistry.start(this::serve);
                LocalImages images = StoreFixture.open(instance)) {
            pullAndLook(images, registry);
        }
        assertThat(ranges).singleElement().asString().matches("bytes=[1-9][0-9]*-");
    }

    @Test
    void whatIsTornOnTheDiskIsFetchedAnew(Instance instance) throws IOException {
        breakOff(instance);
        Path partial = drafts(instance).stream()
                .filter(file -> !file.toString().endsWith(".spans"))
                .findFirst()
                .orElseThrow();
        byte[] part = Files.readAllBytes(partial);
        part[50_000] ^= 1;
        Files.write(partial, part);
        server = PartedPullTest::answer;
        try (FakeRegistry registry = FakeRegistry.start(this::serve)) {
            pullAndLook(instance, registry);
        }
    }

    @Test
    void aKilledPullLosesThePartsUnderWayAtMost(Instance instance) throws IOException {
        breakOff(instance);
        Path notes = drafts(instance).stream()
                .filter(file -> file.toString().endsWith(".spans"))
                .findFirst()
                .orElseThrow();
        Files.writeString(notes, "0 100000.\n200000 " + resumedAt + ".\n250000 4000"); // the last line was cut
        sent.clear();
        server = PartedPullTest::answer;
        try (FakeRegistry registry = FakeRegistry.start(this::serve)) {
            pullAndLook(instance, registry);
        }
        assertThat(sent.get(0, PART).isEmpty()).isTrue();
        assertThat(sent.get(2 * PART, resumedAt).isEmpty()).isTrue();
        assertThat(sent.get(PART, 2 * PART).cardinality()).isEqualTo(PART);
    }

    @Test
    void aPullThatIsCalledOffIsTakenUpByTheNext(Instance instance) throws Exception {
        server = (test, exchange, from, to) -> {
            if (from < 5 * PART) {
                answer(test, exchange, from, to);
            } else {
                send(test, exchange, from, to, 60_000);
                Await.until("the pull was called off", PATIENCE, () -> calledOff);
            }
        };
        try (FakeRegistry registry = FakeRegistry.start(this::serve)) {
            try (LocalImages images = StoreFixture.open(instance, IN_PARTS)) {
                Thread pull = Thread.ofPlatform().start(() -> {
                    try {
                        images.pull(name(registry), Progress.SILENT);
                    } catch (RuntimeException e) {
                        // called off
                    }
                });
                Await.until("parts came", PATIENCE, () -> hasSent(5 * PART + 59_999));
                pull.interrupt();
                pull.join();
            }
            calledOff = true;
            sent.clear();
            server = PartedPullTest::answer;
            pullAndLook(instance, registry);
            // the sixth part was asked for when three of those before were whole
            assertThat(sent.get(0, 5 * PART).cardinality()).isLessThanOrEqualTo(2 * PART);
        }
    }

    @Test
    void otherBytesThanTheDigestSaysAreRefused(Instance instance) throws IOException {
        server = (test, exchange, from, to) -> {
            byte[] part = Arrays.copyOfRange(content.layer(), from, to);
            part[part.length / 2] ^= 1;
            FakeRegistry.answer(exchange, 206, contentRange(from, to), part);
        };
        try (FakeRegistry registry = FakeRegistry.start(this::serve);
                LocalImages images = StoreFixture.open(instance, IN_PARTS)) {
            assertThatThrownBy(() -> images.pull(name(registry), Progress.SILENT))
                    .isInstanceOfSatisfying(
                            BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID))
                    .hasMessageContaining("digest");
            assertThat(images.list()).isEmpty();
        }
        assertThat(drafts(instance)).isEmpty();
    }

    /** The layer's first two parts come, more than half of the third, and nothing more. */
    private void breakOff(Instance instance) throws IOException {
        List<String> next = List.of("bytes=300000-399999", "bytes=400000-499999");
        server = (test, exchange, from, to) -> {
            if (from == 2 * PART) {
                cut(test, exchange, from, to);
            } else if (from > 2 * PART) {
                resumedAt = from < 3 * PART ? from : resumedAt; // what was on its way when it was cut may be lost
                Await.until("the parts before came", PATIENCE, () -> resumedAt > 0 && ranges.containsAll(next));
                FakeRegistry.error(exchange, 404, "BLOB_UNKNOWN", "out of order");
            } else {
                answer(test, exchange, from, to);
            }
        };
        try (FakeRegistry registry = FakeRegistry.start(this::serve);
                LocalImages images = StoreFixture.open(instance, IN_PARTS)) {
            assertThatThrownBy(() -> images.pull(name(registry), Progress.SILENT))
                    .isInstanceOf(BerthException.class);
        }
    }

    private void pullAndLook(Instance instance, FakeRegistry registry) {
        try (LocalImages images = StoreFixture.open(instance, IN_PARTS)) {
            pullAndLook(images, registry);
        }
    }

    private static void pullAndLook(LocalImages images, FakeRegistry registry) {
        Image pulled = images.pull(name(registry), Progress.SILENT);
        Images.Snapshot root = images.prepare("look", pulled.layers());
        assertThat(root.lower().getFirst().resolve("two")).hasContent("2");
        images.release("look");
    }

    private static List<Path> drafts(Instance instance) throws IOException {
        try (Stream<Path> files = Files.list(instance.root().resolve("images/drafts"))) {
            return files.toList();
        }
    }

    private static Reference name(FakeRegistry registry) {
        return Reference.parse(registry.name() + "/app:1");
    }

    private void serve(HttpExchange exchange) throws IOException {
        if (!content.isLayer(exchange)) {
            content.serve(exchange);
            return;
        }
        Optional<String> range =
                Optional.ofNullable(exchange.getRequestHeaders().getFirst("Range"));
        range.ifPresent(ranges::add);
        String[] ends = range.orElse("bytes=0-").replace("bytes=", "").split("-", -1);
        int from = Integer.parseInt(ends[0]);
        int to = ends[1].isEmpty() ? content.layer().length : Integer.parseInt(ends[1]) + 1;
        server.serve(this, exchange, from, to);
    }

    private static void answer(PartedPullTest test, HttpExchange exchange, int from, int to) throws IOException {
        send(test, exchange, from, to, to - from);
    }

    /** Sends a part's beginning, and then nothing more. */
    private static void cut(PartedPullTest test, HttpExchange exchange, int from, int to) throws IOException {
        send(test, exchange, from, to, 60_000);
        throw new IOException("cut");
    }

    private static void send(PartedPullTest test, HttpExchange exchange, int from, int to, int count)
            throws IOException {
        contentRange(from, to).forEach(exchange.getResponseHeaders()::add);
        exchange.sendResponseHeaders(206, to - from);
        exchange.getResponseBody().write(test.content.layer(), from, count);
        exchange.getResponseBody().flush();
        synchronized (test.sent) {
            test.sent.set(from, from + count);
        }
    }

    private boolean hasSent(int at) {
        synchronized (sent) {
            return sent.get(at);
        }
    }

    private static Map<String, String> contentRange(int from, int to) {
        return Map.of("Content-Range", "bytes " + from + "-" + (to - 1) + "/*");
    }
}
