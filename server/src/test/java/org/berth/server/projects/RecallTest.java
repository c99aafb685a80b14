package org.berth.server.projects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class RecallTest {
    @Test
    void whatWasCalledOffIsNeverSettled() {
        Recall recall = new Recall(Thread.currentThread());
        recall.call();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(recall.isCalled()).isTrue();
        assertThatExceptionOfType(CancellationException.class).isThrownBy(recall::settle);
    }

    @Test
    void whatIsSettledGoesOn() {
        Recall recall = new Recall(Thread.currentThread());
        recall.settle();
        recall.call();
        assertThat(Thread.interrupted()).isFalse();
        assertThat(recall.isCalled()).isFalse();
    }
}
