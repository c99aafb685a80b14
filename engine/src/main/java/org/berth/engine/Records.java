package org.berth.engine;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
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
    /** Records that a full disk kept from being written; one for a container at most. */
    private final Map<Path, byte[]> unwritten = new ConcurrentHashMap<>();

    Records(Timer timer) {
        timer.every(FORCE_PERIOD, "forcing records to the disk", this::force);
    }

    /** Writes it, or fails; one writer at a time for a file. */
    void write(Path file, Object record) {
        // waits for an attempt that is under way
        Optional<byte[]> waiting = Optional.ofNullable(unwritten.remove(file));
        try {
            byte[] content = RecordFormat.encode(record);
            try {
                replace(file, content);
            } catch (NoSuchFileException e) {
                Files.createDirectories(file.resolveSibling("")); // its first
                replace(file, content);
            }
        } catch (IOException e) {
            waiting.ifPresent(content -> unwritten.put(file, content));
            throw Folders.failed("write", file, e);
        }
        unforced.add(file);
    }

    /** Gives a record another name, in the same folder. */
    void rename(Path file, Path to) {
        unwritten.remove(file);
        try {
            Files.move(file, to, StandardCopyOption.ATOMIC_MOVE);
            unforced.add(to);
        } catch (IOException e) {
            throw Folders.failed("rename", file, e);
        }
    }

    /** As {@link #write}; but where there is a record already and the disk is full, it is written as soon as it can be. */
    void keep(Path file, Object record) {
        try {
            write(file, record);
        } catch (BerthException e) {
            if (e.code() != ErrorCode.EXHAUSTED || !Files.exists(file)) {
                throw e;
            }
            LOG.error("{}; it is tried again until it can be written", e.getMessage());
            unwritten.put(file, RecordFormat.encode(record));
        }
    }

    private static void replace(Path file, byte[] content) throws IOException {
        Path draft = file.resolveSibling("." + file.getFileName());
        try {
            Files.write(draft, content);
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            Files.deleteIfExists(draft);
            throw e;
        }
    }

    /** Forces what was written since the last time, with what could not be written until now. */
    void force() {
        unwritten.keySet().forEach(this::writeAtLast);
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

    private void writeAtLast(Path file) {
        unwritten.computeIfPresent(file, (same, content) -> {
            try {
                replace(file, content);
                unforced.add(file);
                return null;
            } catch (NoSuchFileException e) {
                return null; // its container was removed since
            } catch (IOException e) {
                return content; // still full
            }
        });
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
