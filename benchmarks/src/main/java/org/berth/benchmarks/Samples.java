package org.berth.benchmarks;

import java.util.Arrays;
import java.util.Locale;

/** Measured values of one thing, in milliseconds (or another unit, all alike). */
record Samples(double[] values) {
    interface Work {
        void run() throws Exception;
    }

    Samples {
        values = values.clone();
        Arrays.sort(values);
    }

    /** Times {@code runs} repetitions after {@code warmUps} that do not count. */
    static Samples time(int warmUps, int runs, Work work) throws Exception {
        for (int i = 0; i < warmUps; i++) {
            work.run();
        }
        double[] values = new double[runs];
        for (int i = 0; i < runs; i++) {
            long start = System.nanoTime();
            work.run();
            values[i] = (System.nanoTime() - start) / 1e6;
        }
        return new Samples(values);
    }

    double median() {
        return at(0.5);
    }

    double at(double quantile) {
        return values[(int) Math.min(values.length - 1L, Math.round(quantile * (values.length - 1)))];
    }

    String row(String name) {
        return String.format(Locale.ROOT, "%-34s %10.2f ms %10.2f ms %6d", name, median(), at(0.9), values.length);
    }

    /** As {@link #row}, with the 99th percentile at the end. */
    String rowWithTail(String name) {
        return row(name) + String.format(Locale.ROOT, "  p99 %.2f ms", at(0.99));
    }
}
