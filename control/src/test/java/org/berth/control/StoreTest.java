package org.berth.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @SuppressWarnings("NullAway.Init")
    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("root").resolve("control.db");
    }

    private Store open() {
        return Store.open(file, folder.resolve("run"));
    }

    private static Desired shop() {
        return Projects.desired(Projects.project("""
                name: shop
                services:
                  web:
                    image: web
                    ports: ["80:80"]
                    cpus: 1.5
                    command: run it
                    healthcheck: { test: check, interval: 1m30s }
                    volumes: ["data:/data"]
                volumes: { data: }
                """), "1");
    }

    @Test
    void keepsWhatWasPut() {
        Desired shop = shop();
        try (Store store = open()) {
            store.put(shop);
            store.put(shop.withRemoval(new Desired.Removal(true, Optional.of(Duration.ofSeconds(3)))));
        }
        try (Store store = open()) {
            assertThat(store.all())
                    .containsExactly(shop.withRemoval(new Desired.Removal(true, Optional.of(Duration.ofSeconds(3)))));
            store.remove("shop");
            assertThat(store.all()).isEmpty();
        }
    }

    @Test
    void aHashIsTheSameAfterItWasStored() {
        Desired shop = shop();
        try (Store store = open()) {
            store.put(shop);
            Desired stored = store.all().getFirst();
            assertThat(TaskSpecs.hashes(stored)).isEqualTo(TaskSpecs.hashes(shop));
        }
    }

    /** Of before namespaces could be another container's. */
    @Test
    void aJailOfAnOlderBerthIsTheSame() throws SQLException {
        Desired shop = Projects.desired(
                Projects.project("name: shop\nservices: { web: { image: web, cap_add: [NET_ADMIN] } }"), "1");
        try (Store store = open()) {
            store.put(shop);
        }
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            String later = "\"processesOf\":null,\"ipcOf\":null,\"sharesIpc\":false,";
            assertThat(statement.executeUpdate("UPDATE projects SET desired = replace(desired, '" + later
                            + "', '') WHERE instr(desired, '" + later + "') > 0"))
                    .isOne();
        }
        try (Store store = open()) {
            assertThat(store.all()).containsExactly(shop);
        }
        assertThat(TaskSpecs.hashes(shop).values())
                .containsExactly("9f763623cdd8f92f8f427804cbccd629150ab2b99ec60ec689f8913617245c6a");
    }

    @Test
    void givesEachProjectItsOwnRangeOfIdsForGood() {
        IdRange one;
        try (Store store = open()) {
            one = store.idRange("one");
            IdRange two = store.idRange("two");
            assertThat(two.first()).isEqualTo(one.first() + one.size());
            assertThat(store.idRange("one")).isEqualTo(one);
        }
        try (Store store = open()) {
            assertThat(store.idRange("one")).isEqualTo(one);
            assertThat(store.idRange("three").first()).isEqualTo(one.first() + 2 * one.size());
        }
    }

    @Test
    void isReadableByItsOwnerOnly() throws IOException {
        try (Store store = open()) {
            store.put(shop());
            for (String name : new String[] {"control.db", "control.db-wal"}) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.resolveSibling(name))))
                        .isEqualTo("rw-------");
            }
        }
    }

    @Test
    void refusesAnotherVersionByName() throws SQLException {
        open().close();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA user_version = 7");
        }
        assertThatExceptionOfType(BerthException.class)
                .isThrownBy(this::open)
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.UNSUPPORTED))
                .withMessageContaining("control.db has version 7 and this berth knows version 1");
    }

    @Test
    void aProjectThatIsDamagedKeepsNoOtherAway() throws SQLException {
        Desired shop = shop();
        try (Store store = open()) {
            store.put(shop);
        }
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            statement.execute("INSERT INTO projects (name, desired) VALUES ('cut', '{\"name\":'), ('old', '{}')");
        }
        try (Store store = open()) {
            assertThat(store.all()).containsExactly(shop);
        }
    }

    @Test
    void refusesAFileThatIsNoDatabase() throws IOException {
        Files.createDirectories(file.resolveSibling("."));
        Files.writeString(
                file, "something else that is longer than a header of SQLite, which has a hundred bytes in it, or so");
        assertThatExceptionOfType(BerthException.class)
                .isThrownBy(this::open)
                .withMessageContainingAll("control.db", "move it away");
    }
}
