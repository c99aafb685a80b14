package org.berth.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.berth.server.fixture.RawClient;
import org.berth.server.fixture.TestDaemon;
import org.berth.testing.Await;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the socket says byte for byte where a connection is more than a request and a reply. */
@Timeout(60)
class HijackTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Pattern ID = Pattern.compile("\"Id\":\"([0-9a-f]{64})\"");

    private TestDaemon daemon;

    @BeforeEach
    void start() throws Exception {
        daemon = TestDaemon.start();
    }

    @AfterEach
    void stop() throws Exception {
        daemon.close();
    }

    private String post(String path, String body) throws Exception {
        try (RawClient client = daemon.connect()) {
            return client.request(
                            body,
                            "POST " + path + " HTTP/1.1",
                            "Host: berth",
                            "Connection: close",
                            "Content-Length: " + body.length())
                    .readAll();
        }
    }

    private String create(String command, boolean input, boolean terminal) throws Exception {
        String reply = post(
                "/containers/create",
                "{\"Image\": \"debian:bookworm\", \"Cmd\": [" + command + "], \"OpenStdin\": " + input
                        + ", \"StdinOnce\": " + input + ", \"Tty\": " + terminal + "}");
        Matcher matcher = ID.matcher(reply);
        assertThat(matcher.find()).as(reply).isTrue();
        return matcher.group(1);
    }

    private RawClient attach(String id, String early, String... more) throws Exception {
        String upgrade = more.length == 0 ? "Connection: Upgrade\r\nUpgrade: tcp" : more[0];
        return daemon.connect()
                .request(
                        early,
                        "POST /v1.47/containers/" + id + "/attach?stream=1&stdin=1&stdout=1&stderr=1 HTTP/1.1",
                        "Host: berth",
                        upgrade,
                        "Content-Length: 0");
    }

    @Test
    void bytesSentRightBehindTheRequestReachTheProcessAndTheAnswerOutlivesTheClientsEnd() throws Exception {
        String id = create("\"cat\"", true, true);
        try (RawClient client = attach(id, "early ")) {
            client.readUntil("\r\n\r\n");
            post("/containers/" + id + "/start", "");
            client.send("late").readUntil("early late");
            assertThat(client.readUntil("late"))
                    .startsWith("HTTP/1.1 101 UPGRADED\r\n")
                    .contains("Upgrade: tcp");
        }
    }

    @Test
    void outputIsMultiplexedWithoutATerminalAndComesAfterAHalfClose() throws Exception {
        String id = create("\"cat\"", true, false);
        try (RawClient client = attach(id, "")) {
            client.readUntil("\r\n\r\n");
            client.send("all of it").endOutput();
            post("/containers/" + id + "/start", "");
            String reply = client.readAll();
            assertThat(reply).contains("application/vnd.docker.multiplexed-stream");
            assertThat(reply).endsWith("\r\n\r\n\u0001\0\0\0\0\0\0\tall of it");
        }
    }

    @Test
    void aClientThatDoesNotAskForAnUpgradeGetsTheOldRaw200() throws Exception {
        String id = create("\"warn\", \"careful\"", false, false);
        try (RawClient client = attach(id, "", "Connection: close")) {
            client.readUntil("\r\n\r\n");
            post("/containers/" + id + "/start", "");
            assertThat(client.readAll())
                    .startsWith("HTTP/1.1 200 OK\r\n")
                    .doesNotContain("Transfer-Encoding")
                    .endsWith("\r\n\r\n\u0002\0\0\0\0\0\0\bcareful\n");
        }
    }

    @Test
    void execTakesABodyThenTheConnectionThenBytesThatCameWithTheBody() throws Exception {
        String id = create("\"sleep\"", false, false);
        post("/containers/" + id + "/start", "");
        String reply =
                post("/containers/" + id + "/exec", "{\"Cmd\": [\"cat\"], \"AttachStdin\": true, \"Tty\": true}");
        Matcher exec = ID.matcher(reply);
        assertThat(exec.find()).as(reply).isTrue();
        String body = "{\"Detach\": false, \"Tty\": true}";
        try (RawClient client = daemon.connect()) {
            client.request(
                            body + "quick",
                            "POST /exec/" + exec.group(1) + "/start HTTP/1.1",
                            "Host: berth",
                            "Connection: Upgrade",
                            "Upgrade: tcp",
                            "Content-Type: application/json",
                            "Content-Length: " + body.length())
                    .readUntil("quick");
        }
        post("/containers/" + id + "/kill", "");
    }

    @Test
    void waitAnswersItsHeadBeforeTheContainerHasEnded() throws Exception {
        String id = create("\"exit\", \"5\"", false, false);
        try (RawClient client = daemon.connect()) {
            client.request("", "POST /containers/" + id + "/wait?condition=next-exit HTTP/1.1", "Host: berth")
                    .readUntil("\r\n\r\n");
            post("/containers/" + id + "/start", "");
            assertThat(client.readAll()).contains("{\"StatusCode\":5}");
        }
    }

    @Test
    void oneConnectionServesManyRequests() throws Exception {
        try (RawClient client = daemon.connect()) {
            client.request("", "GET /_ping HTTP/1.1", "Host: berth").readUntil("OK");
            client.request("", "GET /v1.44/nothing HTTP/1.1", "Host: berth")
                    .readUntil("GET /nothing is not implemented by Berth");
            client.request("", "HEAD /_ping HTTP/1.1", "Host: berth", "Connection: close");
            assertThat(client.readAll()).endsWith("\r\n\r\n").contains("Api-Version: 1.48");
        }
    }

    @Test
    void aClientThatGoesEndsItsSubscription() throws Exception {
        try (RawClient client = daemon.connect()) {
            client.request("", "GET /events HTTP/1.1", "Host: berth").readUntil("\r\n\r\n");
            assertThat(daemon.engine().events().listeners()).isEqualTo(1);
        }
        Await.until("nobody listens", PATIENCE, () -> daemon.engine().events().listeners() == 0);
    }

    @Test
    void onlyTheOwnerReachesTheSocket() throws Exception {
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(daemon.instance().socket())))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(daemon.instance().run())))
                .isEqualTo("rwx------");
    }
}
