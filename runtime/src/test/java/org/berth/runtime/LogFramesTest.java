package org.berth.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import org.berth.runtime.LogFrames.Chunk;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFramesTest {
    @TempDir
    private Path folder;

    @Test
    void framesComeWithStreamTimeAndBytes() throws IOException {
        Path log = write(frame(1, 5, "out"), frame(2, 6, "err"));
        assertThat(LogFrames.readAll(log))
                .hasSize(2)
                .satisfiesExactly(
                        first -> {
                            assertThat(first.stream()).isEqualTo(1);
                            assertThat(first.time()).isEqualTo(Instant.ofEpochSecond(5, 7));
                            assertThat(first.bytes())
                                    .asString(StandardCharsets.UTF_8)
                                    .isEqualTo("out");
                        },
                        second -> assertThat(second.stream()).isEqualTo(2));
    }

    @Test
    void readingGoesOnWhereItEnded() throws IOException {
        Path log = write(frame(1, 1, "one"));
        Chunk first = LogFrames.read(log, 0, 100);
        append(log, frame(1, 2, "two"));
        Chunk second = LogFrames.read(log, first.next(), 100);
        assertThat(second.frames()).hasSize(1);
        assertThat(second.frames().getFirst().bytes())
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("two");
        assertThat(LogFrames.read(log, second.next(), 100).frames()).isEmpty();
    }

    @Test
    void aFrameThatIsNotWholeYetWaits() throws IOException {
        byte[] whole = frame(1, 1, "whole");
        byte[] part = java.util.Arrays.copyOf(whole, whole.length - 2);
        Path log = write(part);
        Chunk chunk = LogFrames.read(log, 0, 100);
        assertThat(chunk.frames()).isEmpty();
        assertThat(chunk.next()).isZero();
        append(log, java.util.Arrays.copyOfRange(whole, whole.length - 2, whole.length));
        assertThat(LogFrames.read(log, chunk.next(), 100).frames()).hasSize(1);
    }

    @Test
    void aTornFrameIsSkipped() throws IOException {
        byte[] header = java.util.Arrays.copyOf(frame(1, 1, "lost"), 10);
        Path log = write(header, frame(2, 2, "kept"), frame(1, 3, "too"));
        assertThat(LogFrames.readAll(log))
                .extracting(frame -> new String(frame.bytes(), StandardCharsets.UTF_8))
                .containsExactly("kept", "too");
    }

    @Test
    void noFileIsNoFrames() {
        assertThat(LogFrames.readAll(folder.resolve("nosuch"))).isEmpty();
    }

    private Path write(byte[]... frames) throws IOException {
        Path log = folder.resolve("log");
        Files.createFile(log);
        for (byte[] frame : frames) {
            append(log, frame);
        }
        return log;
    }

    private static void append(Path log, byte[] bytes) throws IOException {
        Files.write(log, bytes, StandardOpenOption.APPEND);
    }

    private static byte[] frame(int stream, long seconds, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(LogFrames.HEADER_SIZE + bytes.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(LogFrames.MAGIC | stream)
                .putInt(bytes.length)
                .putLong(seconds)
                .putLong(7)
                .put(bytes)
                .array();
    }
}
