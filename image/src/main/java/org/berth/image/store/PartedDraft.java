package org.berth.image.store;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * A blob that comes in parts, several at once and in any order. What has come is noted in a file beside it, so that the next one
 * goes on where this one was cut, however that happened: when a part is whole, and when this is closed. Safe for several
 * threads, each with its own part.
 */
public final class PartedDraft implements AutoCloseable {
    private static final int BUFFER_BYTES = 256 * 1024;
    private static final String NOTES = ".spans";

    private final ContentStore store;
    private final Path file;
    private final Path notesFile;
    private final Digest digest;
    private final long size;
    private final FileChannel channel;
    /** Not a channel: that would be closed for all when one thread is called off. */
    private final FileOutputStream notes;

    private final MessageDigest hasher = Digest.hasher();
    private final Spans spans;
    private boolean kept = true;
    private @Nullable IOException failure;

    /** @param size how long the blob will be */
    PartedDraft(ContentStore store, Path file, Digest digest, long size) throws IOException {
        this.store = store;
        this.file = file;
        this.notesFile = notesOf(file);
        this.digest = digest;
        this.size = size;
        this.channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        this.spans = noted(file, size);
        this.notes = new FileOutputStream(notesFile.toFile());
        noteAll(notes);
    }

    /** Where it is noted what of a draft is there. */
    static Path notesOf(Path file) {
        return file.resolveSibling(file.getFileName() + NOTES);
    }

    /** What is there of a blob: what was noted, or with no notes all of the file. */
    static Spans noted(Path file, long size) throws IOException {
        Spans spans = new Spans();
        long length = Math.min(size, Files.size(file));
        if (!Files.exists(notesOf(file))) {
            spans.add(new Spans.Span(0, length));
            return spans;
        }
        for (String line :
                Files.readString(notesOf(file), StandardCharsets.ISO_8859_1).split("\n", -1)) {
            read(line).filter(span -> span.to() <= length).ifPresent(spans::add);
        }
        return spans;
    }

    /** A line that a crash cut ends with no dot. */
    private static Optional<Spans.Span> read(String line) {
        if (!line.matches("[0-9]{1,18} [0-9]{1,18}\\.")) {
            return Optional.empty();
        }
        String[] numbers = line.substring(0, line.length() - 1).split(" ", -1);
        long from = Long.parseLong(numbers[0]);
        long to = Long.parseLong(numbers[1]);
        return from <= to ? Optional.of(new Spans.Span(from, to)) : Optional.empty();
    }

    private void noteAll(FileOutputStream out) throws IOException {
        for (Spans.Span span : spans.there()) {
            note(out, span);
        }
    }

    private static void note(FileOutputStream out, Spans.Span span) throws IOException {
        out.write((span.from() + " " + span.to() + ".\n").getBytes(StandardCharsets.ISO_8859_1));
    }

    /** A part that is missing. */
    public record Part(long from, long to) {}

    /** What is missing, in its order, in parts of so many bytes. */
    public synchronized List<Part> missing(long most) {
        return spans.missing(size, most).stream()
                .map(span -> new Part(span.from(), span.to()))
                .toList();
    }

    /** Bytes that are there. */
    public synchronized long count() {
        return spans.count();
    }

    /** Takes a part's bytes, in their order. Closing it notes them. */
    public OutputStream open(Part part) {
        return new Sink(part.from);
    }

    /** What comes, from the first byte on: reading waits for it. */
    public GrowingFile follow() throws IOException {
        return new GrowingFile(file, 0);
    }

    /** No more will come. */
    public synchronized void fail(IOException why) {
        failure = why;
        notifyAll();
    }

    /**
     * Hashes what comes until all has come.
     *
     * @param hashed gets how far it is
     * @throws IOException when no more will come
     */
    public void hashWhatComes(LongConsumer hashed) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        long done = 0;
        while (done < size) {
            long there = awaitMore(done);
            while (done < there) {
                buffer.clear().limit((int) Math.min(buffer.capacity(), there - done));
                int count = channel.read(buffer, done);
                if (count < 0) {
                    throw new IOException("the draft was cut short");
                }
                hasher.update(buffer.flip());
                done += count;
            }
            hashed.accept(done);
        }
    }

    /** @return how many bytes are there from the first on; more than {@code than} */
    private synchronized long awaitMore(long than) throws IOException {
        try {
            while (spans.onFrom(0) <= than && failure == null) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted").initCause(e);
        }
        if (failure != null) {
            throw new IOException(failure);
        }
        return spans.onFrom(0);
    }

    /** Puts the blob on disk, once all of it was hashed; if it is not what was expected, nothing is kept. */
    public void commit() throws IOException {
        Digest found = Digest.ended(hasher.digest());
        if (!found.equals(digest)) {
            discard();
            throw new BerthException(ErrorCode.INVALID, "the content's digest is " + found + ", expected " + digest);
        }
        channel.force(true);
        Folders.commit(file, store.path(digest));
        Files.deleteIfExists(notesFile);
    }

    /** What has come is of no use. */
    public synchronized void discard() {
        kept = false;
    }

    @Override
    public synchronized void close() throws IOException {
        channel.close();
        notes.close();
        if (!kept) {
            Files.deleteIfExists(file);
            Files.deleteIfExists(notesFile);
        } else if (Files.exists(file)) {
            try (FileOutputStream out = new FileOutputStream(notesFile.toFile())) {
                noteAll(out);
            }
        }
    }

    private synchronized void there(long from, long to) {
        spans.add(new Spans.Span(from, to));
        notifyAll();
    }

    /** Writes at a place of its own. */
    private final class Sink extends OutputStream {
        private final long from;
        private long at;

        Sink(long from) {
            this.from = from;
            this.at = from;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] buffer, int offset, int length) throws IOException {
            if (length > size - at) {
                throw new IOException("more bytes than the blob has");
            }
            ByteBuffer bytes = ByteBuffer.wrap(buffer, offset, length);
            try {
                while (bytes.hasRemaining()) {
                    at += channel.write(bytes, at);
                }
            } catch (java.nio.channels.ClosedChannelException e) {
                throw e; // called off: what has come is there for the next
            } catch (IOException e) {
                discard(); // the disk is full: what is there would only take more of it
                throw e;
            }
            there(at - length, at);
        }

        @Override
        public void close() throws IOException {
            note(notes, new Spans.Span(from, at));
        }
    }
}
