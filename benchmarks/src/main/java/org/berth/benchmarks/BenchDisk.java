package org.berth.benchmarks;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file system of the benchmark's own for everything that is compared: ext4 in a file. What others write to the machine's
 * disk is not waited for; and it has a journal. Without one, ext4 leaves inodes alone that were freed a while ago and
 * looks at each of them at every file that is made (find_inode_bit, kernel 6.18): after a removal all are slow alike.
 */
final class BenchDisk implements AutoCloseable {
    private static final long BYTES = 16L << 30; // takes only what is written

    private final Path folder;
    private final Path file;
    private final Path mounted;

    private BenchDisk(Path folder) {
        this.folder = folder;
        this.file = folder.resolve("disk");
        this.mounted = folder.resolve("m");
    }

    static BenchDisk make() throws IOException, InterruptedException {
        BenchDisk disk = new BenchDisk(Files.createTempDirectory("berth-bench-"));
        Files.createDirectory(disk.mounted);
        try (RandomAccessFile empty = new RandomAccessFile(disk.file.toFile(), "rw")) {
            empty.setLength(BYTES);
        }
        run("mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", disk.file.toString());
        run("mount", "-o", "loop", disk.file.toString(), disk.mounted.toString());
        return disk;
    }

    /** A new folder on it. */
    Path folder(String prefix) throws IOException {
        return Files.createTempDirectory(mounted, prefix);
    }

    /** Waits until everything that was written is on it (syncfs(2)). */
    void settle() throws IOException, InterruptedException {
        run("sync", "--file-system", mounted.toString());
    }

    private static void run(String... command) throws IOException, InterruptedException {
        int code = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start()
                .waitFor();
        if (code != 0) {
            throw new IOException(String.join(" ", command) + " ended with " + code);
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        run("umount", mounted.toString());
        Folders.remove(folder);
    }
}
