package org.berth.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.berth.engine.Containers.Frame;
import org.berth.engine.Containers.LogQuery;
import org.berth.runtime.LogFrames;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs as a monitor writes them, read whole, by their tail, and while they are rotated. */
class LogTest {
    @TempDir
    Path folder;

    private final LogWatch watch = new LogWatch();
    private LogFiles files = new LogFiles(Path.of("none"));

    @BeforeEach
    void place() {
        files = new LogFiles(folder.resolve("log.frames"));
    }

    @AfterEach
    void close() {
        watch.close();
    }

    private void write(int stream, long second, String text) throws IOException {
        append(files.current(), frame(stream, second, text));
    }

    private static byte[] frame(int stream, long second, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(LogFrames.HEADER_SIZE + bytes.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(LogFrames.MAGIC | stream)
                .putInt(bytes.length)
                .putLong(second)
                .putLong(0)
                .put(bytes)
                .array();
    }

    private static void append(Path file, byte[] bytes) throws IOException {
        Files.write(file, bytes, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private String read(Optional<Integer> tail, boolean stdout, boolean stderr) throws InterruptedException {
        return read(new LogQuery(stdout, stderr, false, tail, Optional.empty(), Optional.empty()));
    }

    private String read(LogQuery query) throws InterruptedException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        new LogReader(watch, files, query, () -> false).read(frame -> {
            all.writeBytes(frame.bytes());
            return true;
        });
        return all.toString(StandardCharsets.UTF_8);
    }

    @Test
    void allOfItOrOneStream() throws Exception {
        write(1, 1, "one\n");
        write(2, 2, "two\n");
        write(1, 3, "three");
        assertThat(read(Optional.empty(), true, true)).isEqualTo("one\ntwo\nthree");
        assertThat(read(Optional.empty(), false, true)).isEqualTo("two\n");
        assertThat(read(Optional.of(1), true, false)).isEqualTo("three");
        assertThat(read(Optional.of(2), true, false)).isEqualTo("one\nthree");
    }

    @Test
    void tailsCutInsideAFrame() throws Exception {
        write(1, 1, "a\nb\nc\nd\n");
        assertThat(read(Optional.of(0), true, true)).isEmpty();
        assertThat(read(Optional.of(2), true, true)).isEqualTo("c\nd\n");
        assertThat(read(Optional.of(4), true, true)).isEqualTo("a\nb\nc\nd\n");
        assertThat(read(Optional.of(99), true, true)).isEqualTo("a\nb\nc\nd\n");
    }

    @Test
    void tailsReachIntoRotatedFiles() throws Exception {
        write(1, 1, "a\nb\n");
        Files.move(files.current(), folder.resolve("log.frames.2"));
        write(1, 2, "c\nd");
        Files.move(files.current(), folder.resolve("log.frames.1"));
        write(1, 3, "d\ne\n");
        assertThat(read(Optional.of(1), true, true)).isEqualTo("e\n");
        assertThat(read(Optional.of(3), true, true)).isEqualTo("c\ndd\ne\n");
        assertThat(read(Optional.of(4), true, true)).isEqualTo("b\nc\ndd\ne\n");
        assertThat(read(Optional.of(5), true, true)).isEqualTo("a\nb\nc\ndd\ne\n");
    }

    @Test
    void timesBoundIt() throws Exception {
        for (int second = 1; second <= 5; second++) {
            write(1, second, second + "\n");
        }
        LogQuery query = new LogQuery(
                true,
                true,
                false,
                Optional.empty(),
                Optional.of(Instant.ofEpochSecond(2)),
                Optional.of(Instant.ofEpochSecond(4)));
        assertThat(read(query)).isEqualTo("2\n3\n4\n");
    }

    @Test
    void noLogIsAnEmptyLog() throws Exception {
        assertThat(read(Optional.empty(), true, true)).isEmpty();
        assertThat(read(Optional.of(5), true, true)).isEmpty();
    }

    @Test
    void aTornFrameIsSkipped() throws Exception {
        write(1, 1, "one\n");
        append(files.current(), new byte[] {1, 2, 3, 4, 5});
        write(1, 2, "two\n");
        assertThat(read(Optional.empty(), true, true)).isEqualTo("one\ntwo\n");
    }

    /** The cursor is ahead, behind or in the middle when its file is renamed; nothing is lost or read twice. */
    @Test
    void aCursorGoesOnThroughRotations() throws Exception {
        List<String> read = new ArrayList<>();
        try (LogCursor cursor = LogCursor.at(files, new LogPosition(files.current(), 0, 0))) {
            for (int i = 0; i < 40; i++) {
                write(1, i, "line " + i);
                if (i % 3 == 0) {
                    rename();
                    write(1, i, "more " + i);
                }
                if (i % 4 == 0) {
                    drain(cursor, read);
                }
            }
            drain(cursor, read);
        }
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            expected.add("line " + i);
            if (i % 3 == 0) {
                expected.add("more " + i);
            }
        }
        assertThat(read).isEqualTo(expected);
    }

    /** A monitor had opened the file before it was renamed, and appends to it after that. */
    @Test
    void aLateFrameInTheRenamedFileIsRead() throws Exception {
        List<String> read = new ArrayList<>();
        try (LogCursor cursor = LogCursor.at(files, new LogPosition(files.current(), 0, 0))) {
            write(1, 1, "one");
            drain(cursor, read);
            rename();
            drain(cursor, read);
            append(folder.resolve("log.frames.1"), frame(1, 2, "late"));
            write(1, 3, "two");
            drain(cursor, read);
        }
        assertThat(read).containsExactly("one", "late", "two");
    }

    @Test
    void aCursorAtTheEndReadsWhatComesAfter() throws Exception {
        write(1, 1, "before");
        List<String> read = new ArrayList<>();
        try (LogCursor cursor = LogCursor.atEnd(files)) {
            write(1, 2, "after");
            drain(cursor, read);
        }
        assertThat(read).containsExactly("after");
    }

    private static void drain(LogCursor cursor, List<String> into) {
        for (Optional<Frame> frame = cursor.read(); frame.isPresent(); frame = cursor.read()) {
            into.add(new String(frame.get().bytes(), StandardCharsets.UTF_8));
        }
    }

    private void rename() throws IOException {
        for (int number = LogFiles.FILES_MAX - 1; number > 0; number--) {
            Path from = number == 1 ? files.current() : folder.resolve("log.frames." + (number - 1));
            if (Files.exists(from)) {
                Files.move(
                        from,
                        folder.resolve("log.frames." + number),
                        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }
}
