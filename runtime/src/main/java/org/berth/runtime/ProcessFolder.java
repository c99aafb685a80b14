package org.berth.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;

/**
 * The folder in {@code BERTH_RUN} that holds what outlives the daemon of one container, or of one
 * exec in {@code execs/ID} of its container.
 *
 * <p>{@code launch}: how it was started ({@link Launched}); {@code program}: the launch program, for
 * people; {@code monitor}: the monitor's stat line; {@code exit}: the exit record.
 */
record ProcessFolder(Path path) {
    private static final int VERSION = 1;

    /**
     * How a process was started.
     *
     * @param version of this format
     * @param bootId of the kernel it was started on (/proc/sys/kernel/random/boot_id)
     * @param terminal whether its monitor holds a terminal
     * @param layers the folders of its root, the one that is written to first; empty for an exec
     */
    record Launched(int version, String bootId, boolean terminal, List<String> layers) {
        Launched {
            layers = List.copyOf(layers);
        }
    }

    /** Makes it. @throws BerthException CONFLICT when it is there already */
    void create(String what) {
        try {
            Files.createDirectories(path.resolveSibling("."));
            Files.createDirectory(
                    path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (FileAlreadyExistsException e) {
            throw new BerthException(ErrorCode.CONFLICT, what + " exists already, delete it first", e);
        } catch (IOException e) {
            throw new UncheckedIOException("make " + path + ": " + e.getMessage(), e);
        }
    }

    boolean exists() {
        return Files.isDirectory(path);
    }

    ProcessFolder exec(String id) {
        return new ProcessFolder(path.resolve("execs").resolve(id));
    }

    /** Its execs' folders. */
    List<ProcessFolder> execs() {
        Path folder = path.resolve("execs");
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(folder)) {
            return folders.map(ProcessFolder::new).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("list " + folder + ": " + e.getMessage(), e);
        }
    }

    void writeLaunched(String bootId, boolean terminal, List<String> layers) {
        write("launch", Json.MAPPER.writeValueAsString(new Launched(VERSION, bootId, terminal, layers)));
    }

    Optional<Launched> launched() {
        return text("launch").map(json -> {
            Launched launched = Json.MAPPER.readValue(json, Launched.class);
            if (launched.version() != VERSION) {
                throw new BerthException(
                        ErrorCode.UNSUPPORTED,
                        path.resolve("launch") + ": version " + launched.version() + ", this Berth knows " + VERSION);
            }
            return launched;
        });
    }

    void writeProgram(List<String> lines) {
        write("program", String.join("\n", lines));
    }

    List<String> program() {
        return text("program").map(text -> text.lines().toList()).orElse(List.of());
    }

    /** The monitor's stat line: when it was started, there is one. */
    Optional<String> monitor() {
        return text("monitor").filter(line -> !line.isEmpty());
    }

    /** The exit record, when the process has ended and its monitor lived to write it. */
    Optional<ExitRecord> exit() {
        try {
            return ExitRecord.parse(Files.readAllBytes(path.resolve("exit")));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("read " + path.resolve("exit") + ": " + e.getMessage(), e);
        }
    }

    /** Removes it with all in it. Nothing in it is a link or a mount. */
    void delete() {
        deleteAll(path);
    }

    private static void deleteAll(Path folder) {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                if (Files.isDirectory(entry, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
                    deleteAll(entry);
                } else {
                    Files.deleteIfExists(entry);
                }
            }
            Files.deleteIfExists(folder);
        } catch (NoSuchFileException e) {
            // gone already
        } catch (IOException e) {
            throw new UncheckedIOException("delete " + folder + ": " + e.getMessage(), e);
        }
    }

    private void write(String name, String text) {
        try {
            Files.writeString(path.resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException("write " + path.resolve(name) + ": " + e.getMessage(), e);
        }
    }

    private Optional<String> text(String name) {
        try {
            return Optional.of(Files.readString(path.resolve(name), StandardCharsets.UTF_8));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("read " + path.resolve(name) + ": " + e.getMessage(), e);
        }
    }
}
