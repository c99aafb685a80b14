package org.berth.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.berth.base.Json;
import org.berth.compose.ComposeFiles;
import org.berth.compose.LoadRequest;
import org.berth.server.fixture.RawClient;
import org.berth.server.fixture.TestDaemon;
import org.berth.testing.Await;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The Berth API's streams and errors, on an engine and a controller in memory. */
@Timeout(60)
class BerthApiTest {
    private TestDaemon daemon;

    @TempDir
    private Path folder;

    @BeforeEach
    void start() throws Exception {
        daemon = TestDaemon.start();
    }

    @AfterEach
    void stop() throws Exception {
        daemon.close();
    }

    private String request(String method, String path, String body) throws Exception {
        try (RawClient client = daemon.connect()) {
            return client.request(
                            body,
                            method + " /berth/v1" + path + " HTTP/1.1",
                            "Host: berth",
                            "Connection: close",
                            "Content-Length: " + body.getBytes(StandardCharsets.UTF_8).length)
                    .readAll();
        }
    }

    /** The body of a PUT that brings up a project with one service of this name. */
    private String up(String service, String options) throws Exception {
        return up(service, "debian:bookworm", options);
    }

    private String up(String service, String image, String options) throws Exception {
        Files.writeString(folder.resolve("compose.yaml"), """
                name: shop
                services:
                  %s:
                    image: %s
                    ports: ["0.0.0.0:8080:80"]
                    healthcheck: {test: ["CMD", "true"], interval: 1500ms}
                """.formatted(service, image));
        var project = ComposeFiles.load(LoadRequest.of(folder, Map.of())).project();
        return "{\"project\": " + Json.MAPPER.writeValueAsString(project) + ", \"options\": " + options + "}";
    }

    @Test
    void aProjectComesUpWithItsProgressAndItsUrl() throws Exception {
        String reply = request("PUT", "/projects/shop", up("web", "{}"));
        assertThat(reply)
                .startsWith("HTTP/1.1 200 OK")
                .contains("Content-Type: application/x-ndjson")
                .contains("{\"type\":\"progress\",\"phase\":\"pull\",\"subject\":\"web\",\"id\":\"aaaabbbbcccc\","
                        + "\"status\":\"downloading\",\"current\":5000000,\"total\":10000000}\n")
                .contains("{\"type\":\"service\",\"service\":\"web\",\"state\":\"ready\",\"ready\":1,\"wanted\":1,"
                        + "\"reason\":\"\"}\n")
                .contains("{\"type\":\"result\",\"project\":\"shop\",\"url\":\"http://127.0.0.1:8080/\","
                        + "\"urls\":{\"web\":[\"http://127.0.0.1:8080/\"]},\"unchanged\":false}\n");
        assertThat(request("GET", "/projects", "")).contains("\"name\":\"shop\",\"state\":\"ready\"");
        assertThat(request("GET", "/projects/shop", "")).contains("\"hostPort\":8080,\"containerPort\":80");
        assertThat(request("DELETE", "/projects/shop", "")).contains("{\"type\":\"result\",\"project\":\"shop\"}\n");
        assertThat(request("GET", "/projects/shop", ""))
                .startsWith("HTTP/1.1 404")
                .contains("\"code\":\"NOT_FOUND\",\"exitCode\":1");
    }

    @Test
    void aServiceThatFailsEndsTheStreamWithItsReasonAndItsLog() throws Exception {
        assertThat(request("PUT", "/projects/shop", up("broken", "{}")))
                .contains(
                        "{\"type\":\"error\",\"code\":\"FAILED\",\"message\":\"service broken failed: exited with code 1\","
                                + "\"exitCode\":1,\"service\":\"broken\",\"log\":[\"no such file\"]}\n");
    }

    @Test
    void aServiceThatIsNotReadyInTimeIsNamed() throws Exception {
        assertThat(request("PUT", "/projects/shop", up("slow", "{\"timeoutSeconds\": 1}")))
                .contains("\"code\":\"TIMEOUT\"")
                .contains("service slow is not ready after 1 s (0 of 1)");
        assertThat(request("PUT", "/projects/shop", up("slow", "{\"wait\": false}")))
                .contains("\"type\":\"result\"");
    }

    /** Whoever ended an up that never gets ready, and mended the file, must not wait for its deadline. */
    @Test
    void nobodyWaitsForTheReadinessOfAnother() throws Exception {
        try (RawClient first = daemon.connect()) {
            String body = up("slow", "{\"timeoutSeconds\": 300}");
            first.request(
                            body,
                            "PUT /berth/v1/projects/shop HTTP/1.1",
                            "Host: berth",
                            "Content-Length: " + body.length())
                    .readUntil("\"state\":\"starting\"");
            assertThat(request("PUT", "/projects/shop", up("web", "{}"))).contains("\"type\":\"result\"");
        }
    }

    /** Nobody expects an application to come up long after Ctrl-C, or waits for the images of who has gone. */
    @Test
    void whoGoesWhileImagesAreMadeLeavesNothingBehind() throws Exception {
        try (RawClient first = daemon.connect()) {
            String body = up("web", "endless", "{}");
            first.request(
                            body,
                            "PUT /berth/v1/projects/shop HTTP/1.1",
                            "Host: berth",
                            "Content-Length: " + body.length())
                    .readUntil("pulling from");
        }
        assertThat(request("PUT", "/projects/shop", up("web", "nowhere", "{}"))).contains("no image nowhere");
        assertThat(request("GET", "/projects/shop", "")).startsWith("HTTP/1.1 404");
    }

    @Test
    void fromSettledOnTheWorkNeedsNoClient() throws Exception {
        try (RawClient first = daemon.connect()) {
            String body = up("slow", "{}");
            String seen = first.request(
                            body,
                            "PUT /berth/v1/projects/shop HTTP/1.1",
                            "Host: berth",
                            "Content-Length: " + body.length())
                    .readUntil("{\"type\":\"settled\"}\n");
            assertThat(seen).containsSubsequence("pull complete", "settled");
            first.readUntil("\"type\":\"service\"");
        }
        assertThat(request("GET", "/projects/shop", "")).startsWith("HTTP/1.1 200");
    }

    @Test
    void aFollowedLogEndsWithTheProject() throws Exception {
        request("PUT", "/projects/shop", up("web", "{}"));
        CompletableFuture<String> log = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                log.complete(request("GET", "/projects/shop/logs?follow=1", ""));
            } catch (Exception e) {
                log.completeExceptionally(e);
            }
        });
        Await.until(
                "the log is followed",
                Duration.ofSeconds(20),
                () -> daemon.controller().isAwaited("shop"));
        assertThat(log).isNotDone();
        request("DELETE", "/projects/shop", "");
        assertThat(log.get(20, TimeUnit.SECONDS)).startsWith("HTTP/1.1 200 OK");
    }

    @Test
    void whatIsWrongInARequestIsSaidBeforeAnyStream() throws Exception {
        assertThat(request("PUT", "/projects/shop", "{}"))
                .startsWith("HTTP/1.1 400")
                .contains("has no \\\"project\\\"");
        assertThat(request("PUT", "/projects/other", up("web", "{}"))).startsWith("HTTP/1.1 400");
        assertThat(request("PUT", "/projects/shop", up("web", "{\"services\": [\"nothing\"]}")))
                .startsWith("HTTP/1.1 404")
                .contains("it has web");
        assertThat(request("PUT", "/projects/shop", "{")).startsWith("HTTP/1.1 400");
        assertThat(request("POST", "/build", "{\"tag\": \"a\", \"folder\": \"here\"}"))
                .startsWith("HTTP/1.1 400")
                .contains("absolute path");
    }

    @Test
    void whatIsWrongInADockerfileHasItsServiceAndItsPath() throws Exception {
        Path api = Files.createDirectory(folder.resolve("api"));
        Files.writeString(api.resolve("Dockerfile"), "FROM debian:bookworm\nRUN --device=gpu true\n");
        Files.writeString(folder.resolve("compose.yaml"), """
                name: shop
                services:
                  web: {image: "debian:bookworm"}
                  api: {build: api}
                """);
        var project = ComposeFiles.load(LoadRequest.of(folder, Map.of())).project();
        assertThat(request("PUT", "/projects/shop", "{\"project\": " + Json.MAPPER.writeValueAsString(project) + "}"))
                .contains("image of service api: " + api + "/Dockerfile:2: RUN --device")
                .contains("\"service\":\"api\"");
        assertThat(request("POST", "/build", "{\"tag\": \"a\", \"folder\": \"" + api + "\"}"))
                .contains("\"message\":\"" + api + "/Dockerfile:2: RUN --device");
    }

    @Test
    void whatHasNoSuchNameIsAnsweredWithTheNamesThereAre() throws Exception {
        assertThat(request("GET", "/explain/nothing", ""))
                .startsWith("HTTP/1.1 404")
                .contains("no container, task or service is named nothing; there is no container");
        request("PUT", "/projects/shop", up("web", "{}"));
        assertThat(request("GET", "/explain/web", "")).contains("service web has no task with a container now");
        assertThat(request("GET", "/explain/web?project=other", "")).contains("is named web; there is no container");
    }

    @Test
    void theDaemonTellsOfItself() throws Exception {
        assertThat(request("GET", "/system", ""))
                .contains("\"pid\":" + ProcessHandle.current().pid())
                .contains("\"containers\":{")
                .contains("\"tag\":\"" + daemon.instance().tag() + "\"");
    }
}
