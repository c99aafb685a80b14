package org.berth.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.berth.server.fixture.RawClient;
import org.berth.testing.Await;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ActivityTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @Test
    void isQuietBetweenRequests(@TempDir Path folder) throws Exception {
        AtomicLong clock = new AtomicLong(100);
        AtomicLong seen = new AtomicLong(-1);
        Activity[] activity = new Activity[1];
        activity[0] = new Activity(
                exchange -> {
                    clock.set(200);
                    seen.set(activity[0].quietNanos());
                    exchange.empty(204);
                },
                clock::get);
        clock.set(150);
        assertThat(activity[0].quietNanos()).as("before any request").isEqualTo(50);
        Path socket = folder.resolve("socket");
        try (SocketServer server = SocketServer.listen(socket, activity[0])) {
            try (RawClient client = RawClient.connect(socket)) {
                client.request("", "GET / HTTP/1.1", "Host: berth", "Connection: close")
                        .readAll();
            }
            Await.until("the request is over", PATIENCE, () -> !activity[0].busy());
        }
        assertThat(seen.get()).as("in a request").isZero();
        clock.set(260);
        assertThat(activity[0].quietNanos()).as("after it").isEqualTo(60);
    }
}
