package org.berth.image.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.FileErrors;

/**
 * Blobs by the SHA-256 of their content. A blob is written to a draft, hashed as it streams, put on disk (fsync) and
 * renamed to its digest: whatever is under a digest is whole. Safe for concurrent use.
 */
public final class ContentStore {
    private static final int BUFFER_BYTES = 256 * 1024;
    private static final String PARTIAL_PREFIX = ".partial-";
    private static final Duration PARTIAL_KEPT = Duration.ofDays(7);

    private final Path blobs;
    private final Path drafts;

    /** A store below this folder, in {@code blobs/sha256} and {@code drafts}. */
    public ContentStore(Path folder) {
        this.blobs = Folders.make(folder.resolve("blobs").resolve("sha256"));
        this.drafts = Folders.make(folder.resolve("drafts"));
    }

    /** Where a blob is, or would be. */
    public Path path(Digest digest) {
        return blobs.resolve(digest.hex());
    }

    public boolean has(Digest digest) {
        return Files.isRegularFile(path(digest));
    }

    /** Whether there is a blob, and of this length: one that a damaged disk cut short is removed. */
    public boolean has(Digest digest, long size) {
        try {
            boolean whole = has(digest) && Files.size(path(digest)) == size;
            if (!whole) {
                remove(digest);
            }
            return whole;
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether a blob's content is what its name says; all of it is read. */
    public boolean isSound(Digest digest) {
        MessageDigest hasher = Digest.hasher();
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = open(digest)) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                hasher.update(buffer, 0, count);
            }
            return Digest.ended(hasher.digest()).equals(digest);
        } catch (IOException e) {
            return false;
        }
    }

    /** Forgets a blob that is not sound. */
    public void discard(Digest digest) {
        remove(digest);
    }

    /** A blob's bytes. */
    public InputStream open(Digest digest) throws IOException {
        if (!has(digest)) {
            throw missing(digest);
        }
        return Files.newInputStream(path(digest));
    }

    /** A blob's bytes from this one on. */
    public InputStream open(Digest digest, long from) throws IOException {
        if (!has(digest)) {
            throw missing(digest);
        }
        FileChannel channel = FileChannel.open(path(digest), StandardOpenOption.READ);
        return Channels.newInputStream(channel.position(from));
    }

    /** A blob's length in bytes. */
    public long size(Digest digest) throws IOException {
        if (!has(digest)) {
            throw missing(digest);
        }
        return Files.size(path(digest));
    }

    /** A small blob whole, such as a manifest. */
    public byte[] read(Digest digest, int bytesMax) {
        try (InputStream in = open(digest)) {
            byte[] content = in.readNBytes(bytesMax + 1);
            if (content.length > bytesMax) {
                throw new BerthException(
                        ErrorCode.INVALID, "blob " + digest + " is longer than the " + bytesMax + " bytes expected");
            }
            return content;
        } catch (IOException e) {
            throw new UncheckedIOException("read the blob " + digest + ": " + e.getMessage(), e);
        }
    }

    /** Stores a small blob. */
    public Digest put(byte[] content) {
        Digest digest = Digest.of(content);
        if (!has(digest)) {
            try (Draft draft = draft()) {
                draft.write(content, 0, content.length);
                draft.commit();
            } catch (IOException e) {
                throw FileErrors.of("write " + path(digest), e);
            }
        }
        return digest;
    }

    /** Begins a blob. */
    public Draft draft() throws IOException {
        return new Draft(Folders.draft(drafts), false);
    }

    /**
     * Goes on with a blob of which a part may have come before; what has come stays when this breaks off, for a week,
     * through the end of this process, too. One at a time for each digest.
     *
     * @param size how long the blob will be
     */
    public Draft resume(Digest digest, long size) throws IOException {
        Draft draft = new Draft(partial(digest), true);
        draft.readWhatIsThere(size);
        return draft;
    }

    /** As {@link #resume}, for parts that come in any order; both go on with what the other left. */
    public PartedDraft resumeInParts(Digest digest, long size) throws IOException {
        return new PartedDraft(this, partial(digest), digest, size);
    }

    private Path partial(Digest digest) {
        return drafts.resolve(PARTIAL_PREFIX + digest.hex());
    }

    /** Removes a blob; nothing happens when it isn't there. */
    void remove(Digest digest) {
        try {
            Files.deleteIfExists(path(digest));
        } catch (IOException e) {
            throw new UncheckedIOException("remove the blob " + digest + ": " + e.getMessage(), e);
        }
    }

    /** Every blob there is. */
    List<Digest> list() {
        return Folders.list(blobs).stream()
                .map(Folders::name)
                .filter(name -> name.matches("[a-f0-9]{64}"))
                .map(Digest::new)
                .toList();
    }

    /** Lengths of all blobs together. */
    public long bytes() {
        long bytes = 0;
        for (Digest digest : list()) {
            try {
                bytes += Files.size(path(digest));
            } catch (IOException e) {
                // removed meanwhile
            }
        }
        return bytes;
    }

    /** Removes what crashes left unfinished. Only while nobody writes. */
    void removeDrafts() {
        Folders.removeDrafts(drafts);
        Instant oldest = Instant.now().minus(PARTIAL_KEPT);
        for (Path partial : Folders.list(drafts)) {
            try {
                if (Files.getLastModifiedTime(partial).toInstant().isBefore(oldest)) {
                    Files.deleteIfExists(partial);
                }
            } catch (IOException e) {
                throw FileErrors.of("remove " + partial, e);
            }
        }
    }

    /** Forgets the parts of blobs that have come; a pull that goes on begins anew. @return bytes that are free now */
    public long removePartials() {
        long bytes = 0;
        for (Path partial : Folders.list(drafts)) {
            if (Folders.name(partial).startsWith(PARTIAL_PREFIX)) {
                try {
                    bytes += Files.size(partial);
                    Files.deleteIfExists(partial);
                } catch (IOException e) {
                    throw FileErrors.of("remove " + partial, e);
                }
            }
        }
        return bytes;
    }

    private static BerthException missing(Digest digest) {
        return new BerthException(ErrorCode.NOT_FOUND, "the store has no blob " + digest);
    }

    /**
     * A blob that is being written; gone when it is closed before {@link #commit}, unless it was begun by {@link #resume}.
     * Not for several threads.
     */
    public final class Draft extends OutputStream {
        private final Path file;
        private final FileChannel channel;
        private final MessageDigest hasher = Digest.hasher();
        private long size;
        private boolean kept;

        private Draft(Path file, boolean resumable) throws IOException {
            this.file = file;
            this.kept = resumable;
            this.channel = FileChannel.open(
                    file,
                    resumable ? StandardOpenOption.CREATE : StandardOpenOption.CREATE_NEW,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
        }

        private void readWhatIsThere(long sizeMax) throws IOException {
            if (channel.size() > sizeMax) {
                channel.truncate(0);
            }
            channel.truncate(PartedDraft.noted(file, sizeMax).onFrom(0));
            Files.deleteIfExists(PartedDraft.notesOf(file));
            ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
            while (channel.read(buffer) >= 0) {
                buffer.flip();
                size += buffer.remaining();
                hasher.update(buffer);
                buffer.clear();
            }
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] buffer, int offset, int length) throws IOException {
            hasher.update(buffer, offset, length);
            ByteBuffer bytes = ByteBuffer.wrap(buffer, offset, length);
            try {
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
            } catch (ClosedByInterruptException e) {
                throw e; // called off: what has come is there for the next
            } catch (IOException e) {
                kept = false; // the disk is full: what is there would only take more of it
                throw e;
            }
            size += length;
        }

        /** Bytes written so far. */
        public long size() {
            return size;
        }

        /** What is written, from the first byte on, while it is: reading waits for it. */
        public GrowingFile follow() throws IOException {
            return new GrowingFile(file, size);
        }

        /** Puts the blob on disk under its digest. */
        public Digest commit() throws IOException {
            Digest digest = Digest.ended(hasher.digest());
            finish(digest);
            return digest;
        }

        /** As {@link #commit()}, if the content is what was expected; else nothing is kept. */
        public void commit(Digest expected) throws IOException {
            Digest digest = Digest.ended(hasher.digest());
            if (!digest.equals(expected)) {
                kept = false;
                throw new BerthException(
                        ErrorCode.INVALID, "the content's digest is " + digest + ", expected " + expected);
            }
            finish(digest);
        }

        /** What has come is of no use. */
        public void discard() {
            kept = false;
        }

        private void finish(Digest digest) throws IOException {
            channel.force(true);
            channel.close();
            Folders.commit(file, path(digest));
            kept = true;
        }

        @Override
        public void close() throws IOException {
            channel.close();
            if (!kept) {
                Files.deleteIfExists(file);
            }
        }
    }
}
