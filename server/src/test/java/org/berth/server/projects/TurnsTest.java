package org.berth.server.projects;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.berth.testing.Await;
import org.junit.jupiter.api.Test;

class TurnsTest {
    @Test
    void oneWaitsForTheOtherAndNothingIsKept() throws Exception {
        Turns turns = new Turns();
        CountDownLatch waits = new CountDownLatch(1);
        CompletableFuture<String> second = new CompletableFuture<>();
        String first = turns.alone("shop", () -> {}, () -> {
            Thread.ofVirtual().start(() -> {
                try {
                    second.complete(turns.alone("shop", waits::countDown, () -> "second"));
                } catch (Exception e) {
                    second.completeExceptionally(e);
                }
            });
            assertThat(waits.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(second).isNotDone();
            assertThat(turns.alone("other", () -> {}, () -> "free")).isEqualTo("free");
            return "first";
        });
        assertThat(first).isEqualTo("first");
        assertThat(second.get(20, TimeUnit.SECONDS)).isEqualTo("second");
        Await.until("the second's last step is done", Duration.ofSeconds(20), () -> turns.size() == 0);
    }
}
