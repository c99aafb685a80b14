package org.berth.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PipeTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    @Test
    void aByteThatWasWrittenComes() {
        try (Pipe pipe = Pipe.open("make a pipe")) {
            assertThat(pipe.writeByte('x')).isTrue();
            assertThat(pipe.awaitByte(LONG)).isTrue();
        }
    }

    @Test
    void itWaitsForOneThatComesLater() throws InterruptedException {
        try (Pipe pipe = Pipe.open("make a pipe")) {
            Thread writer = Thread.ofPlatform().start(() -> pipe.writeByte('x'));
            assertThat(pipe.awaitByte(LONG)).isTrue();
            writer.join();
        }
    }

    @Test
    void noneComesFromAnEndThatIsClosed() {
        try (Pipe pipe = Pipe.open("make a pipe")) {
            pipe.write().close();
            assertThat(pipe.awaitByte(LONG)).isFalse();
        }
    }

    @Test
    void aPartOfASecondIsWaitedFor() {
        try (Pipe pipe = Pipe.open("make a pipe")) {
            assertThat(pipe.awaitByte(Duration.ofMillis(1))).isFalse();
        }
    }

    @Test
    void nobodyIsLeftToReadOne() {
        try (Pipe pipe = Pipe.open("make a pipe")) {
            pipe.read().close();
            assertThat(pipe.writeByte('x')).isFalse();
        }
    }
}
