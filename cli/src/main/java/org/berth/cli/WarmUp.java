package org.berth.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.berth.base.Instance;
import org.berth.base.Json;
import org.berth.compose.ComposeFiles;
import org.berth.compose.LoadRequest;
import org.berth.compose.Project;

/**
 * Loads what commands use, so that the ahead-of-time cache holds it (the launcher runs this once
 * after a build). It leaves nothing.
 */
final class WarmUp {
    private static final String SAMPLE = """
            name: sample
            services:
              web:
                image: "debian:${TAG:-bookworm}"
                command: sleep infinity
                environment: { A: b }
                ports: ["8080:80"]
                volumes: ["data:/data"]
                secrets: [password]
                depends_on:
                  db: { condition: service_healthy }
                deploy:
                  replicas: 2
                  update_config: { order: start-first }
              db:
                image: debian:bookworm
                restart: unless-stopped
                mem_limit: 64m
                healthcheck:
                  test: ["CMD", "true"]
                  interval: 1s
            volumes: { data: {} }
            secrets:
              password: { file: compose.yaml }
            """;

    private static final Map<String, String> ANSWERS =
            Map.of("/_ping", "OK", "/berth/v1/projects", """
            [{"name": "sample", "state": "ready"}]
            """, "/berth/v1/projects/sample", """
            {"name": "sample", "state": "ready", "services": [{"name": "web", "state": "ready", "wanted": 1, "ready": 1,
             "ports": [{"address": "127.0.0.1", "hostPort": 8080, "containerPort": 80, "protocol": "tcp"}],
             "tasks": [{"name": "sample-web-1", "state": "ready", "restarts": 0, "started": "2026-01-01T00:00:00Z",
             "addresses": ["10.0.0.2"], "reason": "", "exitCode": null}]}]}
            """);

    private WarmUp() {}

    static int run() {
        compose();
        Main.commandLine().usage(new PrintWriter(new StringWriter()));
        Main.commandLine().parseArgs("ps", "--json");
        Main.commandLine().parseArgs("up", "--quiet");
        ps();
        Daemon.answers(Instance.fromEnvironment(System.getenv()));
        Json.MAPPER.writeValueAsString(Json.MAPPER.readTree("{\"a\":[1,true,null,\"b\"]}"));
        new Table("A").row("b").print(80);
        new PlainView(new PrintStream(OutputStream.nullOutputStream()))
                .show(Json.MAPPER.readTree("{\"type\":\"service\",\"service\":\"a\",\"state\":\"ready\"}"));
        return 0;
    }

    /**
     * {@code berth ps} alone. It has a cache of its own: the classes of all commands, which are loaded
     * from a cache at once, would double its time.
     */
    static int ps() {
        PrintStream out = System.out;
        System.setOut(new PrintStream(OutputStream.nullOutputStream()));
        try (Rehearsal daemon = new Rehearsal(ANSWERS)) {
            return Ps.everything(daemon.instance());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            System.setOut(out);
        }
    }

    /** Most commands read a Compose file first: two thirds of their time without the cache. */
    private static void compose() {
        try {
            Path folder = Files.createTempDirectory("berth-warm-up-");
            Path file = Files.writeString(folder.resolve("compose.yaml"), SAMPLE);
            Project project =
                    ComposeFiles.load(LoadRequest.of(folder, System.getenv())).project();
            Json.MAPPER.writeValueAsString(project);
            Files.delete(file);
            Files.delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
