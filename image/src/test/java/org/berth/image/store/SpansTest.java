package org.berth.image.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Spans say what a set of bits says. */
class SpansTest {
    private static final int SIZE = 200;

    static LongStream seeds() {
        return LongStream.range(0, 50);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void areAsBits(long seed) {
        Random random = new Random(seed);
        Spans spans = new Spans();
        BitSet bits = new BitSet();
        for (int i = 0; i < 30; i++) {
            int from = random.nextInt(SIZE);
            int to = from + random.nextInt(Math.min(20, SIZE - from + 1));
            spans.add(new Spans.Span(from, to));
            bits.set(from, to);

            assertThat(spans.count()).isEqualTo(bits.cardinality());
            int at = random.nextInt(SIZE);
            assertThat(spans.onFrom(at)).isEqualTo(bits.nextClearBit(at) - at);
            BitSet missing = new BitSet();
            int most = 1 + random.nextInt(30);
            for (Spans.Span span : spans.missing(SIZE, most)) {
                assertThat(span.to() - span.from()).isBetween(1L, (long) most);
                missing.set((int) span.from(), (int) span.to());
            }
            BitSet expected = new BitSet();
            expected.set(0, SIZE);
            expected.andNot(bits);
            assertThat(missing).isEqualTo(expected);
        }
    }
}
