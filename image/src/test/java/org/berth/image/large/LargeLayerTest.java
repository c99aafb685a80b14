package org.berth.image.large;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.berth.base.Instance;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.oci.Documents;
import org.berth.image.oci.Manifest;
import org.berth.image.oci.MediaTypes;
import org.berth.image.registry.FakeRegistry;
import org.berth.image.store.Digest;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/**
 * A layer of 5 GB comes through a heap of 128 MB: pulled in parts, saved and loaded. Takes 20 GB of disk and some minutes, so
 * only on request: BERTH_LARGE=1.
 */
@KernelTest
@EnabledIfEnvironmentVariable(named = "BERTH_LARGE", matches = "1")
class LargeLayerTest {
    private static final String HEAP = "-Xmx128m";

    @Test
    void fiveGigabytesComeThroughASmallHeap(Instance instance) throws Exception {
        Files.createDirectories(instance.root());
        LargeTar tar = new LargeTar(5L << 30);
        Digest layer = tar.digest();
        byte[] config = ("{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\""
                        + layer + "\"]}}")
                .getBytes(StandardCharsets.UTF_8);
        byte[] manifest = Documents.write(Manifest.of(
                BlobDescriptor.of(MediaTypes.CONFIG, Digest.of(config).toString(), config.length),
                List.of(BlobDescriptor.of(MediaTypes.LAYER, layer.toString(), tar.size()))));
        try (FakeRegistry registry = FakeRegistry.start(exchange -> {
            String path = exchange.getRequestURI().getPath();
            if (path.contains("/manifests/")) {
                FakeRegistry.answer(exchange, 200, Map.of("Content-Type", MediaTypes.MANIFEST), manifest);
            } else if (path.endsWith(Digest.of(config).toString())) {
                FakeRegistry.answer(exchange, 200, Map.of(), config);
            } else {
                serve(exchange, tar);
            }
        })) {
            run(instance, registry.name() + "/large:1");
        }
    }

    private static void run(Instance instance, String name) throws Exception {
        Path said = instance.root().resolve("said");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        HEAP,
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LargeWork.class.getName(),
                        instance.root().toString(),
                        instance.run().toString(),
                        name)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        assertThat(process.waitFor(30, TimeUnit.MINUTES)).isTrue();
        String text = Files.readString(said);
        System.out.println(text);
        assertThat(process.exitValue()).as(text).isZero();
        assertThat(text).contains("pulled 5368709120", "loaded 5368709120");
    }

    private static void serve(HttpExchange exchange, LargeTar tar) throws IOException {
        Optional<String> range =
                Optional.ofNullable(exchange.getRequestHeaders().getFirst("Range"));
        String[] ends = range.orElse("bytes=0-").replace("bytes=", "").split("-", -1);
        long from = Long.parseLong(ends[0]);
        long to = ends[1].isEmpty() ? tar.size() : Long.parseLong(ends[1]) + 1;
        if (range.isPresent()) {
            exchange.getResponseHeaders().add("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + tar.size());
        }
        exchange.sendResponseHeaders(range.isPresent() ? 206 : 200, to - from);
        try (OutputStream out = exchange.getResponseBody()) {
            tar.write(from, to, out);
        }
    }

    /** A tar of one file that is made as it is read: nothing but its place in each of its pieces. */
    private record LargeTar(long content) {
        private static final int PIECE = 1 << 16;
        private static final int HEADER = 512;
        private static final int END = 1024;

        long size() {
            return HEADER + content + END;
        }

        Digest digest() throws IOException {
            MessageDigest hasher = Digest.hasher();
            write(0, size(), new OutputStream() {
                @Override
                public void write(int b) {
                    hasher.update((byte) b);
                }

                @Override
                public void write(byte[] buffer, int offset, int length) {
                    hasher.update(buffer, offset, length);
                }
            });
            return Digest.ended(hasher.digest());
        }

        void write(long from, long to, OutputStream out) throws IOException {
            for (long at = from; at < to; ) {
                byte[] piece = piece(at / PIECE);
                int offset = (int) (at % PIECE);
                int count = (int) Math.min(PIECE - offset, to - at);
                out.write(piece, offset, count);
                at += count;
            }
        }

        private byte[] piece(long number) {
            byte[] piece = new byte[PIECE];
            byte[] text = Long.toString(number).getBytes(StandardCharsets.US_ASCII);
            if (number < content / PIECE) { // the last one is the archive's end
                System.arraycopy(text, 0, piece, HEADER, text.length);
            }
            if (number == 0) {
                System.arraycopy(LargeHeader.of("large", content), 0, piece, 0, HEADER);
            }
            return piece;
        }
    }

    /** The header of the one file (POSIX ustar). */
    private static final class LargeHeader {
        private LargeHeader() {}

        static byte[] of(String name, long size) {
            byte[] header = new byte[512];
            put(header, 0, name);
            put(header, 100, "0000644");
            put(header, 108, "0000000");
            put(header, 116, "0000000");
            put(header, 124, "%011o".formatted(size));
            put(header, 136, "00000000000");
            put(header, 148, "        ");
            header[156] = '0';
            put(header, 257, "ustar\00000");
            int sum = 0;
            for (byte b : header) {
                sum += b & 0xff;
            }
            put(header, 148, "%06o\0 ".formatted(sum));
            return header;
        }

        private static void put(byte[] header, int at, String text) {
            byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(bytes, 0, header, at, bytes.length);
        }
    }
}
