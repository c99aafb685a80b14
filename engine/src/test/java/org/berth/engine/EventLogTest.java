package org.berth.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Events reach their subscribers in order; one that hangs can't fill the memory. */
class EventLogTest {
    @Test
    void whatWaitsForASubscriberThatHangsIsBounded() throws Exception {
        EventLog events = new EventLog(Clock.systemUTC());
        CountDownLatch hanging = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger delivered = new AtomicInteger();
        try (AutoCloseable subscription = events.subscribe(event -> {
            hanging.countDown();
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            delivered.incrementAndGet();
        })) {
            Thread sender = Thread.ofVirtual().start(() -> events.add("container", "first", "id", Map.of()));
            hanging.await();
            for (int i = 0; i < EventLog.PENDING_MAX + 100; i++) {
                events.add("container", "more", "id", Map.of());
            }
            release.countDown();
            sender.join();
            assertThat(delivered).hasValue(EventLog.PENDING_MAX + 1);
        }
    }
}
