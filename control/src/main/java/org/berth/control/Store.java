package org.berth.control;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import org.berth.base.StoredRecords;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Where desired state is kept: one SQLite file, in write-ahead mode, synchronized at every commit, so
 * that what was acknowledged survives a power cut. Safe for concurrent use; one process opens it.
 *
 * <p>Format: {@code PRAGMA user_version} is {@link #VERSION}. A file of another version is refused
 * by name and left as it is.
 */
public final class Store implements AutoCloseable {
    /** The version of what is stored. */
    static final int VERSION = 1;

    private static final JsonMapper MAPPER = StoredRecords.strict(Json.MAPPER);
    private static final Logger LOG = LoggerFactory.getLogger(Store.class);
    private static final String LIBRARY_FOLDER = "org.sqlite.tmpdir";

    private final Path file;
    private final Connection connection;

    private Store(Path file, Connection connection) {
        this.file = file;
        this.connection = connection;
    }

    /**
     * Opens the store, making it when it is missing.
     *
     * @param file the database, {@code BERTH_ROOT/control.db}; readable by its owner only, because
     *     environments are in it
     * @param libraries a folder that SQLite's native library is unpacked into, below {@code BERTH_RUN}
     */
    public static Store open(Path file, Path libraries) {
        try {
            Files.createDirectories(libraries);
            Files.createDirectories(file.toAbsolutePath().resolveSibling("."));
            createPrivate(file);
        } catch (IOException e) {
            throw new UncheckedIOException("store " + file + ": " + e.getMessage(), e);
        }
        System.setProperty(LIBRARY_FOLDER, libraries.toString());
        try {
            Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
            try {
                prepare(file, connection);
                return new Store(file, connection);
            } catch (SQLException | RuntimeException e) {
                connection.close();
                throw e;
            }
        } catch (SQLException e) {
            throw failure(file, e);
        }
    }

    private static void createPrivate(Path file) throws IOException {
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (FileAlreadyExistsException e) {
            // opened below
        }
    }

    private static void prepare(Path file, Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            int version;
            try (ResultSet result = statement.executeQuery("PRAGMA user_version")) {
                version = result.getInt(1);
            }
            if (version != 0 && version != VERSION) {
                throw new BerthException(
                        ErrorCode.UNSUPPORTED,
                        file + " has version " + version + " and this berth knows version " + VERSION
                                + ": use the berth that wrote it, or move the file away");
            }
            statement.execute("PRAGMA journal_mode = WAL");
            statement.execute("PRAGMA synchronous = FULL");
            statement.execute("PRAGMA busy_timeout = 5000");
            if (version == 0) {
                connection.setAutoCommit(false);
                statement.execute("CREATE TABLE projects (name TEXT PRIMARY KEY, desired TEXT NOT NULL) STRICT");
                statement.execute(
                        "CREATE TABLE id_ranges (project TEXT PRIMARY KEY, range INTEGER NOT NULL UNIQUE) STRICT");
                statement.execute("PRAGMA user_version = " + VERSION);
                connection.commit();
                connection.setAutoCommit(true);
            }
        }
    }

    /** Every project; one that can't be read is said and left alone, with its containers, and does not keep the others away. */
    synchronized List<Desired> all() {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT name, desired FROM projects ORDER BY name")) {
            List<Desired> all = new ArrayList<>();
            while (result.next()) {
                read(result.getString(1), result.getString(2)).ifPresent(all::add);
            }
            return all;
        } catch (SQLException e) {
            throw failure(file, e);
        }
    }

    private Optional<Desired> read(String project, String desired) {
        try {
            return Optional.of(MAPPER.treeToValue(completed(MAPPER.readTree(desired)), Desired.class));
        } catch (JacksonException e) {
            LOG.error(
                    "project {} in {} is damaged and left alone ({}): bring it up again to replace what is stored",
                    project,
                    file,
                    e.getOriginalMessage());
            return Optional.empty();
        }
    }

    /** Services of before their user ids could be the machine's have their own, of before other runtimes and jails have ours. */
    private static JsonNode completed(JsonNode desired) {
        for (JsonNode service : desired.path("project").path("services")) {
            if (service instanceof ObjectNode object && !object.has("hostUsers")) {
                object.put("hostUsers", false);
            }
            if (service instanceof ObjectNode object && !object.has("runtime")) {
                object.putNull("runtime");
            }
            if (service instanceof ObjectNode object && !object.has("jail")) {
                object.putNull("jail");
            }
            if (service.path("jail") instanceof ObjectNode jail && !jail.has("sharesIpc")) {
                jail.putNull("processesOf").putNull("ipcOf").put("sharesIpc", false);
            }
        }
        return desired;
    }

    /** Keeps a project as it is asked for now. */
    synchronized void put(Desired desired) {
        String sql = "INSERT INTO projects (name, desired) VALUES (?, ?)"
                + " ON CONFLICT (name) DO UPDATE SET desired = excluded.desired";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, desired.name());
            statement.setString(2, Json.MAPPER.writeValueAsString(desired));
            statement.executeUpdate();
        } catch (SQLException e) {
            throw failure(file, e);
        }
    }

    /** Forgets a project; its range of ids stays its own. */
    synchronized void remove(String project) {
        try (PreparedStatement statement = connection.prepareStatement("DELETE FROM projects WHERE name = ?")) {
            statement.setString(1, project);
            statement.executeUpdate();
        } catch (SQLException e) {
            throw failure(file, e);
        }
    }

    /** A project's range of ids: the one it had, else the lowest that no project has. */
    synchronized IdRange idRange(String project) {
        String insert = "INSERT OR IGNORE INTO id_ranges (project, range) SELECT ?, coalesce(min(candidate), 0) FROM"
                + " (SELECT 0 AS candidate UNION SELECT range + 1 FROM id_ranges)"
                + " WHERE candidate NOT IN (SELECT range FROM id_ranges)";
        try (PreparedStatement statement = connection.prepareStatement(insert)) {
            statement.setString(1, project);
            statement.executeUpdate();
        } catch (SQLException e) {
            throw failure(file, e);
        }
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT range FROM id_ranges WHERE project = ?")) {
            statement.setString(1, project);
            try (ResultSet result = statement.executeQuery()) {
                long index = result.getLong(1);
                if (index >= IdRange.RANGES_MAX) {
                    throw new BerthException(
                            ErrorCode.EXHAUSTED, "no range of user ids is left for project " + project);
                }
                return IdRange.ofIndex(index);
            }
        } catch (SQLException e) {
            throw failure(file, e);
        }
    }

    /** Closes the file; what was put is in it. */
    @Override
    public synchronized void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw failure(file, e);
        }
    }

    private static BerthException failure(Path file, SQLException e) {
        String why = String.valueOf(e.getMessage());
        boolean full = why.contains("SQLITE_FULL");
        boolean damaged = why.contains("SQLITE_NOTADB") || why.contains("SQLITE_CORRUPT");
        String remedy = damaged ? ": put it back from a copy, or move it away to begin with no projects" : "";
        return new BerthException(
                full ? ErrorCode.EXHAUSTED : ErrorCode.INTERNAL, "store " + file + ": " + why + remedy, e);
    }
}
