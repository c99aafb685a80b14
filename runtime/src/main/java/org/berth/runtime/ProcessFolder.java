package org.berth.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.FileErrors;
import org.berth.base.Json;
import org.berth.base.StoredRecords;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The folder in {@code BERTH_RUN} that holds what outlives the daemon of one container, or of one
 * exec in {@code execs/ID} of its container.
 *
 * <p>{@code launch}: how it was started ({@link StoredLaunch}); {@code monitor}: the monitor's stat
 * line; {@code exit}: the exit record.
 */
record ProcessFolder(Path path) {
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final String REMEDY = "remove it, and the container is taken for ended and can be removed";
    private static final JsonMapper MAPPER = StoredRecords.strict(Json.MAPPER);

    /** The beginning of a line of /proc/PID/stat (proc_pid_stat(5)). */
    private static final Pattern STAT_LINE = Pattern.compile("[1-9][0-9]{0,9} \\(.*", Pattern.DOTALL);

    /** Makes it. @throws BerthException CONFLICT when it is there already */
    void create(String what) {
        try {
            try {
                Files.createDirectory(path, OWNER_ONLY);
            } catch (NoSuchFileException e) {
                Files.createDirectories(path.resolveSibling(".")); // the first of its kind
                Files.createDirectory(path, OWNER_ONLY);
            }
        } catch (FileAlreadyExistsException e) {
            throw new BerthException(ErrorCode.CONFLICT, what + " exists already, delete it first", e);
        } catch (IOException e) {
            throw FileErrors.of("make " + path, e);
        }
    }

    /** An id becomes the name of a folder and of control groups. @throws BerthException INVALID when it can't */
    static String checked(String id) {
        if (!id.matches("[0-9a-zA-Z][0-9a-zA-Z_-]{0,127}")) {
            throw new BerthException(ErrorCode.INVALID, "id '" + id + "': expected letters, digits, _ and -");
        }
        return id;
    }

    boolean exists() {
        return Files.isDirectory(path);
    }

    ProcessFolder exec(String id) {
        return new ProcessFolder(path.resolve("execs").resolve(id));
    }

    /** Its execs' folders. */
    List<ProcessFolder> execs() {
        return list(path.resolve("execs"));
    }

    /** The process folders in a folder; none when it is not there. */
    static List<ProcessFolder> list(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(folder)) {
            return folders.map(ProcessFolder::new).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("list " + folder + ": " + e.getMessage(), e);
        }
    }

    /** Before anything is started, and whole: what is killed in between has no record. */
    void writeLaunch(StoredLaunch launch) {
        writeLaunch(text(launch));
    }

    /** A record as it is written. */
    static String text(StoredLaunch launch) {
        return new String(StoredRecords.encode(MAPPER, StoredLaunch.VERSION, launch), StandardCharsets.UTF_8);
    }

    /** The same of one that is text already. */
    void writeLaunch(String record) {
        write("launch", record);
    }

    /** How it was started. @throws BerthException UNSUPPORTED when another Berth wrote it */
    Optional<StoredLaunch> launch() {
        Path file = path.resolve("launch");
        return text("launch")
                .map(json -> StoredRecords.decode(
                        MAPPER,
                        file,
                        completed(json).getBytes(StandardCharsets.UTF_8),
                        StoredLaunch.class,
                        StoredLaunch.VERSION,
                        REMEDY));
    }

    /** A container of before there were ranges of ids, filters, jails to choose, and gates, has none. */
    private static String completed(String json) {
        boolean joins = json.contains("\"isolation\":null") || json.contains("\"ipc\":");
        if (joins && json.contains("\"isolation\":") && json.contains("\"lent\":") && json.contains("\"gate\":")) {
            return json;
        }
        try {
            JsonNode launch = MAPPER.readTree(json);
            if (launch.path("container").path("spec") instanceof ObjectNode spec) {
                addMissing(spec, "users", "seccomp", "isolation");
                addMissing(spec.path("isolation").path("namespaces"), "ipc");
                addMissing(spec.path("process"), "bounds");
                addMissing(spec.path("resources"), "more");
                addFalse(launch.path("container").path("host"), "lent");
                addFalse(launch.path("container").path("placement"), "listener", "gate");
                for (JsonNode mount : launch.path("container").path("mounts")) {
                    if (mount instanceof ObjectNode object && !object.has("mapped")) {
                        object.put("mapped", true);
                    }
                }
                return MAPPER.writeValueAsString(launch);
            }
        } catch (JacksonException e) {
            // said when it is read
        }
        return json;
    }

    private static void addMissing(JsonNode node, String... names) {
        if (node instanceof ObjectNode object) {
            Stream.of(names).filter(name -> !object.has(name)).forEach(object::putNull);
        }
    }

    private static void addFalse(JsonNode node, String... names) {
        if (node instanceof ObjectNode object) {
            Stream.of(names).filter(name -> !object.has(name)).forEach(name -> object.put(name, false));
        }
    }

    /** The monitor's stat line: when it was started, there is one. What is none is no process's. */
    Optional<String> monitor() {
        return text("monitor").filter(line -> STAT_LINE.matcher(line).matches());
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
        Path draft = path.resolve("." + name);
        try {
            Files.writeString(draft, text);
            Files.move(draft, path.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw FileErrors.of("write " + path.resolve(name), e);
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
