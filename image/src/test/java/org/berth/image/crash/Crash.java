package org.berth.image.crash;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;

/** Keeps a copy of the disk as it is at each point where it is about to be changed. */
public final class Crash {
    private static Path watched = Path.of("");
    private static Path states = Path.of("");
    private static int count;
    private static boolean on;

    private Crash() {}

    /** Begins to keep copies of a folder. */
    static synchronized void watch(Path folder, Path into) {
        watched = folder;
        states = into;
        count = 0;
        on = true;
    }

    /** Ends it. @return how many copies there are, named 0, 1, ... */
    static synchronized int stop() {
        on = false;
        return count;
    }

    /** Called before the disk is changed. */
    public static synchronized void point() {
        if (on) {
            copy(watched, states.resolve(String.valueOf(count)));
            count++;
        }
    }

    /** What is there; a file that another thread removes meanwhile isn't. */
    static void copy(Path from, Path to) {
        try {
            Files.walkFileTree(from, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
                        throws IOException {
                    Files.createDirectories(to.resolve(from.relativize(folder).toString()));
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    try {
                        Files.copy(
                                file,
                                to.resolve(from.relativize(file).toString()),
                                StandardCopyOption.COPY_ATTRIBUTES,
                                LinkOption.NOFOLLOW_LINKS);
                    } catch (NoSuchFileException e) {
                        // gone
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                    if (e instanceof NoSuchFileException) {
                        return FileVisitResult.CONTINUE;
                    }
                    throw e;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
