package org.berth.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

    private WarmUp() {}

    static int run() {
        compose();
        Main.commandLine().usage(new PrintWriter(new StringWriter()));
        Main.commandLine().parseArgs("ps", "--json");
        Main.commandLine().parseArgs("up", "--quiet");
        Daemon.answers(Instance.fromEnvironment(System.getenv()));
        Json.MAPPER.writeValueAsString(Json.MAPPER.readTree("{\"a\":[1,true,null,\"b\"]}"));
        new Table("A").row("b").print(80);
        new PlainView(new java.io.PrintStream(OutputStream.nullOutputStream()))
                .show(Json.MAPPER.readTree("{\"type\":\"service\",\"service\":\"a\",\"state\":\"ready\"}"));
        return 0;
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
