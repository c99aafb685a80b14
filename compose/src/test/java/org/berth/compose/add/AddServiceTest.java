package org.berth.compose.add;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.compose.ComposeFiles;
import org.berth.compose.LoadRequest;
import org.berth.compose.Project;
import org.berth.compose.Service;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AddServiceTest {
    private static final String PASSWORD = "Pa55w0rd";

    @TempDir
    private Path folder = Path.of("");

    private Path file = Path.of("");

    @BeforeEach
    void project() {
        file = folder.resolve("compose.yaml");
    }

    static List<ServiceKind> kinds() {
        return ServiceKind.ALL;
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void everyKindIsAServiceThatTheProjectReaches(ServiceKind kind) throws IOException {
        Files.writeString(file, "name: shop\nservices:\n  web: # mine\n    build: .\n    ports: [\"80:5000\"]\n");
        AddPlan plan = add(kind, "store");
        Project project = load();
        Service added = Objects.requireNonNull(project.services().get("store"));
        Service web = Objects.requireNonNull(project.services().get("web"));
        assertThat(Files.readString(file))
                .contains("  web: # mine\n    build: .\n")
                .doesNotContain("@NAME@", "@TARGET", PASSWORD);
        assertThat(added.healthCheck()).isPresent();
        assertThat(added.networks()).extracting(use -> use.network()).containsExactly("store");
        assertThat(web.networks()).extracting(use -> use.network()).containsExactly("default", "store");
        assertThat(added.labels()).containsEntry(AddService.LABEL, kind.name());
        assertThat(folder.resolve("store/Dockerfile")).isRegularFile();
        for (AddPlan.NewFile one : plan.files()) {
            boolean secret = one.path().startsWith("secrets/");
            assertThat(one.content().contains(PASSWORD)).isEqualTo(secret);
            assertThat(one.content()).doesNotContain("@NAME@", "@TARGET", "@PASSWORD@");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(one.path()))))
                    .isEqualTo(
                            secret ? "rw-------" : one.path().matches(".*/(start|check)") ? "rwxr-xr-x" : "rw-r--r--");
        }
        for (ServiceKind.Secret secret : kind.secrets()) {
            assertThat(web.environment())
                    .containsEntry(secret.variables().getFirst(), "/run/secrets/store_" + secret.suffix());
            assertThat(web.secrets()).anyMatch(use -> use.secret().equals("store_" + secret.suffix()));
        }
        if (!kind.secrets().isEmpty()) {
            assertThat(folder.resolve(".dockerignore")).hasContent("secrets");
        }
        if (kind.front()) {
            assertThat(folder.resolve("store/nginx.conf")).content().contains("http://web:5000;");
        } else {
            assertThat(web.dependsOn()).extracting(one -> one.service()).containsExactly("store");
        }
    }

    @Test
    void postgresAsLibpqWantsIt() throws IOException {
        Files.writeString(file, "services:\n  web:\n    build: .\n    user: \"1000:1000\"\n");
        add("postgres", "db");
        assertThat(file).hasContent("""
                services:
                  web:
                    build: .
                    user: "1000:1000"
                    environment:
                      DATABASE_PASSWORD_FILE: /run/secrets/db_password
                      DATABASE_URL: postgresql://app@db:5432/app
                      DATABASE_URL_FILE: /run/secrets/db_url
                      PGDATABASE: app
                      PGHOST: db
                      PGPASSFILE: /run/secrets/db_pgpass
                      PGPORT: "5432"
                      PGUSER: app
                    secrets:
                      - db_password
                      - { source: db_pgpass, mode: 0400, uid: "1000" }
                      - db_url
                    depends_on:
                      db: { condition: service_healthy }
                    networks:
                      - default
                      - db

                  db:
                    build: ./db
                    secrets:
                      - { source: db_password, target: password, mode: 0400 }
                    volumes:
                      - db:/var/lib/postgresql/data
                    networks:
                      - db
                    healthcheck:
                      test: ["CMD", "pg_isready", "--quiet", "--host=127.0.0.1", "--username=app", "--dbname=app"]
                      interval: 10s
                      timeout: 5s
                      retries: 5
                      start_period: 60s
                      start_interval: 1s
                    restart: unless-stopped
                    stop_signal: SIGINT
                    stop_grace_period: 30s
                    mem_limit: 512m
                    labels:
                      org.berth.add: postgres

                networks:
                  db: { internal: true }

                volumes:
                  db:

                secrets:
                  db_password:
                    file: ./secrets/db_password
                  db_pgpass:
                    file: ./secrets/db_pgpass
                  db_url:
                    file: ./secrets/db_url
                """);
        assertThat(folder.resolve("secrets/db_url")).hasContent("postgresql://app:" + PASSWORD + "@db:5432/app");
    }

    @Test
    void severalOfThemOneAfterTheOther() throws IOException {
        Files.writeString(file, "services:\n  web:\n    image: x\n    environment:\n      PGHOST: elsewhere\n");
        Files.writeString(folder.resolve(".dockerignore"), "*.pyc");
        assertThat(add("postgres", "postgres").notes())
                .containsExactly("service web has PGHOST already: left as it is");
        add("redis", "redis");
        add("memcached", "memcached");
        Service web = Objects.requireNonNull(load().services().get("web"));
        assertThat(web.environment())
                .containsEntry("PGHOST", "elsewhere")
                .containsEntry("REDIS_HOST", "redis")
                .containsEntry("MEMCACHE_SERVERS", "memcached:11211");
        assertThat(web.networks()).hasSize(4);
        assertThat(folder.resolve(".dockerignore")).hasContent("*.pyc\nsecrets");
    }

    @Test
    void twiceIsRefusedWithItsPlaceAndChangesNothing() throws IOException {
        add("redis", "cache");
        String before = Files.readString(file);
        assertThatThrownBy(() -> add("postgres", "cache"))
                .hasMessageStartingWith(file + ":2:3: a service named cache is there already")
                .isInstanceOfSatisfying(
                        BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFLICT));
        Files.createDirectories(folder.resolve("secrets"));
        Files.writeString(folder.resolve("secrets/db_url"), "mine");
        assertThatThrownBy(() -> add("postgres", "db")).hasMessageContaining("secrets/db_url is there already");
        assertThat(file).hasContent(before);
        assertThat(folder.resolve("db")).doesNotExist();
    }

    @Test
    void wrongNamesAreNamed() throws IOException {
        Files.writeString(file, "services:\n  a:\n    image: x\n  b:\n    image: x\n");
        assertThatThrownBy(() -> add("redis", "../x")).hasMessageContaining("'../x' can't name the service");
        assertThatThrownBy(() -> add("redis", "redis", "c"))
                .hasMessageContaining("no service c in")
                .hasMessageEndingWith("a, b");
        assertThatThrownBy(() -> add("nginx", "nginx")).hasMessageContaining("--to");
        assertThat(add("redis", "redis").notes())
                .containsExactly("no service is connected with it: name those that are with --to, of a, b");
    }

    private AddPlan add(String kind, String name, String... connect) {
        return add(ServiceKind.of(kind).orElseThrow(), name, connect);
    }

    private AddPlan add(ServiceKind kind, String name, String... connect) {
        Optional<String> text = ProjectFiles.text(file);
        AddPlan plan = AddService.plan(
                new AddRequest(kind, file, name, List.of(connect)), text, text.map(_ -> load()), () -> PASSWORD);
        ProjectFiles.write(file, plan);
        return plan;
    }

    private Project load() {
        return ComposeFiles.load(LoadRequest.of(folder, Map.of())).project();
    }
}
