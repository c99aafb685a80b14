package org.berth.engine;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes containers' records. A record is whole for every reader, and for the next daemon, once it is
 * written (rename(2)); it is forced to the disk soon after, all that changed since at once. So a
 * daemon's death loses nothing, a power cut the last moment, and a container that lives shorter than
 * that never waits for the disk.
 */
final class Records implements AutoCloseable {
    static final Duration FORCE_PERIOD = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(Records.class);

    private final Set<Path> unforced = ConcurrentHashMap.newKeySet();

    Records(Timer timer) {
        timer.every(FORCE_PERIOD, "forcing records to the disk", this::force);
    }

    /** Writes it; one writer at a time for a file. */
    void write(Path file, Object record) {
        Path draft = file.resolveSibling("." + file.getFileName());
        try {
            byte[] bytes = RecordFormat.encode(record);
            try {
                Files.write(draft, bytes);
            } catch (NoSuchFileException e) {
                Files.createDirectories(file.resolveSibling("")); // its first
                Files.write(draft, bytes);
            }
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw Folders.failed("write", file, e);
        }
        unforced.add(file);
    }

    /** Gives a record another name, in the same folder. */
    void rename(Path file, Path to) {
        try {
            Files.move(file, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw Folders.failed("rename", file, e);
        }
    }

    /** Forces what was written since the last time. */
    void force() {
        for (Path file : Set.copyOf(unforced)) {
            unforced.remove(file); // first: what is written from now on is forced the next time
            try {
                force(file, StandardOpenOption.WRITE);
                force(file.resolveSibling(""), StandardOpenOption.READ);
            } catch (NoSuchFileException e) {
                // removed since
            } catch (IOException e) {
                LOG.error("could not force {} to the disk", file, e);
            }
        }
    }

    @Override
    public void close() {
        force();
    }

    private static void force(Path path, StandardOpenOption mode) throws IOException {
        try (FileChannel channel = FileChannel.open(path, mode)) {
            channel.force(true);
        }
    }
}
