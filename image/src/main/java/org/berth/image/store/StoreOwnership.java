package org.berth.image.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** That a store is the only one on its folders: an advisory lock on a file, for the life of the store. */
final class StoreOwnership implements AutoCloseable {
    private final FileChannel channel;

    private StoreOwnership(FileChannel channel) {
        this.channel = channel;
    }

    /** Takes it; empty when another store has it. */
    static Optional<StoreOwnership> take(Path file) {
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            Optional<FileLock> taken = tryLock(channel);
            if (taken.isEmpty()) {
                channel.close();
            }
            return taken.map(lock -> new StoreOwnership(channel));
        } catch (IOException e) {
            throw new UncheckedIOException("lock " + file + ": " + e.getMessage(), e);
        }
    }

    private static Optional<FileLock> tryLock(FileChannel channel) throws IOException {
        try {
            return Optional.ofNullable(channel.tryLock());
        } catch (OverlappingFileLockException e) {
            return Optional.empty(); // another store of this process
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
