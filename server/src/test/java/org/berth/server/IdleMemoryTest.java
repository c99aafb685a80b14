package org.berth.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

import org.berth.server.IdleMemory.Heap;
import org.junit.jupiter.api.Test;

class IdleMemoryTest {
    private static final long MIB = 1L << 20;

    @Test
    void collectsOnceAfterABusyTime() {
        long[] used = {20 * MIB};
        int[] collections = {0};
        IdleMemory memory = new IdleMemory(() -> used[0], () -> {
            collections[0]++;
            used[0] = 20 * MIB;
        });
        memory.run();
        used[0] = 200 * MIB;
        memory.run();
        assertThat(collections[0]).as("busy").isZero();
        memory.run();
        memory.run();
        memory.run();
        assertThat(collections[0]).isEqualTo(1);
    }

    /** What throws once would never be run again by a timer. */
    @Test
    void oneFailureIsNotTheEnd() {
        int[] looks = {0};
        IdleMemory memory = new IdleMemory(
                () -> {
                    looks[0]++;
                    throw new IllegalStateException("no heap");
                },
                () -> {});
        assertThatNoException().isThrownBy(memory::run);
        assertThatNoException().isThrownBy(memory::run);
        assertThat(looks[0]).isEqualTo(2);
    }

    @Test
    void collectsWhenItIsQuietAndThereIsMuchToGain() {
        assertThat(IdleMemory.shouldCollect(new Heap(100 * MIB, 20 * MIB), 101 * MIB))
                .isTrue();
        assertThat(IdleMemory.shouldCollect(new Heap(60 * MIB, 20 * MIB), 101 * MIB))
                .as("busy")
                .isFalse();
        assertThat(IdleMemory.shouldCollect(new Heap(30 * MIB, 20 * MIB), 31 * MIB))
                .as("little to gain")
                .isFalse();
        assertThat(IdleMemory.shouldCollect(new Heap(100 * MIB, 20 * MIB), 30 * MIB))
                .as("just collected")
                .isFalse();
    }
}
