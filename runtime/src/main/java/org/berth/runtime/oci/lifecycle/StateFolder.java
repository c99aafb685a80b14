package org.berth.runtime.oci.lifecycle;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.FileErrors;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.launch.LaunchProgram;

/** The folder of one container: its state, its configuration as it was created with, its FIFOs. */
public record StateFolder(Path path) {
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final FileAttribute<?> PASSABLE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x"));

    /** The container's id. */
    public String id() {
        return String.valueOf(path.getFileName());
    }

    /** The FIFO that a created container waits at. */
    Path execFifo() {
        return path.resolve("exec.fifo");
    }

    /** The FIFO that tells whether its program was executed. */
    Path resultFifo() {
        return path.resolve("result.fifo");
    }

    private Path stateFile() {
        return path.resolve("state.json");
    }

    private Path draftFile() {
        return path.resolve("creating.json");
    }

    private Path configFile() {
        return path.resolve("config.json");
    }

    /** The labels of its launch program's steps, one a line: for failures after the wait. */
    Path stepsFile() {
        return path.resolve("steps");
    }

    /** What a container sees that may tell of being ready; only where a service manager asked for it. */
    Path notifyFolder() {
        return path.resolve("notify");
    }

    /** Makes it. @throws BerthException CONFLICT when there is a container of that id */
    void create() {
        try {
            Files.createDirectories(path.resolveSibling("."), OWNER_ONLY);
            Files.createDirectory(path, PASSABLE);
        } catch (FileAlreadyExistsException e) {
            throw new BerthException(ErrorCode.CONFLICT, "container with given ID already exists: \"" + id() + "\"", e);
        } catch (IOException e) {
            throw FileErrors.of("make " + path, e);
        }
    }

    /**
     * Holds the container for one command; others wait.
     *
     * @return the lock; closing it gives it back
     * @throws BerthException NOT_FOUND when it was deleted meanwhile, though another has its name now
     */
    Descriptor lock() {
        Path file = path.resolve("lock");
        long number = Kernel.open(file, Kernel.O_WRONLY | Kernel.O_CREAT);
        if (number == -Errno.ENOENT) {
            throw StateStore.missing(id());
        }
        if (number < 0) {
            throw new SystemCallException("open " + file, (int) -number);
        }
        Descriptor lock = new Descriptor((int) number);
        try {
            Kernel.lock(lock);
            if (!isThere(file, lock)) {
                throw StateStore.missing(id());
            }
            return lock;
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** Whether a file that was waited for still has its name: by device and inode. */
    private static boolean isThere(Path file, Descriptor opened) {
        try {
            return Files.isSameFile(file, Path.of(opened.path()));
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            throw FileErrors.of("look at " + file, e);
        }
    }

    /** The state of a created container; empty while it is being created. */
    public Optional<ContainerState> state() {
        return read(stateFile()).map(ContainerState::parse);
    }

    /** What is known of one whose creation goes on, or was cut off. */
    Optional<ContainerState> draft() {
        return read(draftFile()).map(ContainerState::parse);
    }

    void writeDraft(ContainerState state) {
        replace(draftFile(), state.toJson());
    }

    void write(ContainerState state) {
        replace(stateFile(), state.toJson());
    }

    /** The configuration that the container was created with. */
    public Optional<byte[]> config() {
        return read(configFile());
    }

    void writeConfig(byte[] config) {
        try {
            Files.write(configFile(), config);
        } catch (IOException e) {
            throw FileErrors.of("write " + configFile(), e);
        }
    }

    /** Keeps the labels of a program's steps: the process that waits can only say a step's index. */
    void writeSteps(LaunchProgram program) {
        StringBuilder text = new StringBuilder();
        program.steps()
                .forEach(step -> text.append(step.label().replace('\n', ' ')).append('\n'));
        replace(stepsFile(), text.toString());
    }

    /** The label of a step. */
    String step(int index) {
        String text = read(stepsFile())
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                .orElse("");
        String[] labels = text.split("\n", -1);
        return index >= 0 && index < labels.length ? labels[index] : "step " + index;
    }

    private static Optional<byte[]> read(Path file) {
        try {
            return Optional.of(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw FileErrors.of("read " + file, e);
        }
    }

    /** Whole or not at all. After a power cut there are no containers: nothing is forced to the disk. */
    static void replace(Path file, String content) {
        Path draft = file.resolveSibling(
                "." + file.getFileName() + "." + ProcessHandle.current().pid());
        try {
            Files.writeString(draft, content);
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw FileErrors.of("write " + file, e);
        }
    }

    private static void deleteFiles(Path folder) throws IOException {
        if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
                for (Path file : files) {
                    Files.deleteIfExists(file);
                }
            }
            Files.deleteIfExists(folder);
        }
    }

    /** Removes it. Idempotent. */
    void delete() {
        try {
            deleteFiles(notifyFolder());
            deleteFiles(path);
        } catch (NoSuchFileException e) {
            // another command was faster
        } catch (IOException e) {
            throw FileErrors.of("remove " + path, e);
        }
    }
}
