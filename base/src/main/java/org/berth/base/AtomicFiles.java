package org.berth.base;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Files written whole: a reader, and a restart after {@code kill -9} or a power cut, finds the old
 * content or the new, never a part (write, fsync, rename(2), fsync of the folder).
 */
public final class AtomicFiles {
    private AtomicFiles() {}

    /** Writes {@code content} to {@code file}, making its folder when it is missing. */
    public static void write(Path file, byte[] content) {
        Path folder = file.toAbsolutePath().resolveSibling(".").normalize();
        Path draft = folder.resolve("." + file.getFileName() + "."
                + Long.toHexString(ThreadLocalRandom.current().nextLong()));
        try {
            Files.createDirectories(folder);
            write(draft, file, content);
            sync(folder);
        } catch (IOException e) {
            throw FileErrors.of("write " + file, e);
        }
    }

    private static void write(Path draft, Path file, byte[] content) throws IOException {
        try {
            try (FileChannel channel =
                    FileChannel.open(draft, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                ByteBuffer buffer = ByteBuffer.wrap(content);
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
                channel.force(true);
            }
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            Files.deleteIfExists(draft); // on a full disk it would only take more of it
            throw e;
        }
    }

    private static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
