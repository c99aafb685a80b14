package org.berth.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Optional;
import org.berth.engine.Containers.Frame;
import org.jspecify.annotations.Nullable;

/**
 * A reader's place in a log that grows and is rotated under it. It holds the file it reads, so a
 * rename or removal loses nothing of that file.
 */
final class LogCursor implements AutoCloseable {
    private static final int OPEN_ATTEMPTS_MAX = 20;

    private final LogFiles files;
    private final ByteBuffer buffer = ByteBuffer.allocate(LogScan.BUFFER_BYTES).limit(0);
    private @Nullable Opened file;
    /** Of the file, the offset of what follows the buffer's content. */
    private long offset;

    private record Opened(FileChannel channel, Object key) {}

    private LogCursor(LogFiles files) {
        this.files = files;
    }

    /** At the log's beginning, or at {@code position}. */
    static LogCursor at(LogFiles files, LogPosition position) {
        LogCursor cursor = new LogCursor(files);
        cursor.open(position.file());
        cursor.offset = position.offset();
        return cursor;
    }

    /** After what is there now. */
    static LogCursor atEnd(LogFiles files) {
        LogCursor cursor = new LogCursor(files);
        cursor.open(files.current());
        cursor.toEnd();
        return cursor;
    }

    /** Frame by frame by their headers: the file may end in the middle of one that is being written. */
    private void toEnd() {
        while (file != null && readHere().isPresent()) {
            // passed over
        }
    }

    /** The next whole frame; empty when there is none yet. */
    Optional<Frame> read() {
        while (true) {
            if (file == null && !open(files.oldest())) {
                return Optional.empty();
            }
            Optional<Frame> frame = readHere();
            if (frame.isPresent() || !toNextFile()) {
                return frame;
            }
        }
    }

    /** How many bytes of the file it has read; the file's beginning may be let go of up to there. */
    long consumed() {
        return offset - buffer.remaining();
    }

    @Override
    public void close() {
        Opened opened = file;
        file = null;
        if (opened != null) {
            try {
                opened.channel().close();
            } catch (IOException e) {
                throw Folders.failed("close", files.current(), e);
            }
        }
    }

    private Optional<Frame> readHere() {
        Optional<Frame> frame = LogScan.decode(buffer);
        if (frame.isPresent()) {
            return frame;
        }
        fill();
        return LogScan.decode(buffer);
    }

    private void fill() {
        Opened opened = Objects.requireNonNull(file);
        buffer.compact();
        try {
            int read = 1;
            while (buffer.hasRemaining() && read > 0) {
                read = opened.channel().read(buffer, offset);
                offset += Math.max(0, read);
            }
        } catch (IOException e) {
            throw Folders.failed("read", files.current(), e);
        } finally {
            buffer.flip();
        }
    }

    /**
     * A frame in the next file says that the monitor has done with this one, for it writes one frame
     * after the other; only then what is still to come here is known to be all.
     */
    private boolean toNextFile() {
        Opened here = Objects.requireNonNull(file);
        Optional<Path> next = files.after(here.key());
        if (next.isEmpty() || size(next.get()) == 0) {
            return false;
        }
        fill();
        if (LogScan.seek(buffer)) {
            return true; // more has come here meanwhile: read that first
        }
        close();
        buffer.clear().limit(0);
        offset = 0;
        return open(next.get());
    }

    /** The file's key is the same before and after it is opened, or else it was rotated meanwhile. */
    private boolean open(Path path) {
        try {
            for (int attempt = 0; attempt < OPEN_ATTEMPTS_MAX; attempt++) {
                Object before = key(path);
                FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
                if (before.equals(key(path))) {
                    file = new Opened(channel, before);
                    return true;
                }
                channel.close();
            }
            return false;
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            throw Folders.failed("open", path, e);
        }
    }

    private static Object key(Path path) throws IOException {
        return Objects.requireNonNull(
                Files.readAttributes(path, BasicFileAttributes.class).fileKey());
    }

    private static long size(Path path) {
        try {
            return Files.size(path);
        } catch (IOException e) {
            return 0; // rotated away: look again
        }
    }
}
