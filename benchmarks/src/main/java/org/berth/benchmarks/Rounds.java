package org.berth.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A comparison whose contenders take turns, so that what disturbs the machine for a while disturbs all of them. What was
 * written is put on the disk before each turn: nobody waits for another's writes.
 */
final class Rounds {
    /** A comparison that is out of time ends after so many rounds. */
    private static final int ROUNDS_MIN = 3;

    private final int warmUps;
    private final int rounds;
    private final Duration time;
    private final BenchDisk disk;

    /**
     * @param warmUps rounds that do not count; a peer that fails in the first of them is left out
     * @param rounds at most
     * @param time after which no further round begins
     * @param disk what they write to
     */
    Rounds(int warmUps, int rounds, Duration time, BenchDisk disk) {
        this.warmUps = warmUps;
        this.rounds = rounds;
        this.time = time;
        this.disk = disk;
    }

    /** Work that says itself how long it took. */
    @FunctionalInterface
    interface Timed {
        /** @return milliseconds */
        double run() throws Exception;
    }

    /**
     * One that takes part.
     *
     * @param name "berth" for ours; a peer's own
     * @param before makes ready; does not count
     * @param work what is compared
     * @param after takes back what the work made; does not count
     */
    record Contender(String name, Samples.Work before, Timed work, Samples.Work after) {
        static final Samples.Work NOTHING = () -> {};

        /** One whose work is timed here. */
        static Contender of(String name, Samples.Work work, Samples.Work after) {
            return new Contender(name, NOTHING, timed(work), after);
        }
    }

    /** What was measured. @param peers in the order they were given; those that failed are not in it */
    record Outcome(Samples ours, Map<String, Samples> peers) {
        /** The quickest peer's median. */
        Optional<Double> best() {
            return peers.values().stream().map(Samples::median).min(Double::compare);
        }
    }

    static Timed timed(Samples.Work work) {
        return () -> {
            long start = System.nanoTime();
            work.run();
            return (System.nanoTime() - start) / 1e6;
        };
    }

    /** Runs all of them, ours first. */
    Outcome run(Contender ours, List<Contender> peers) throws Exception {
        List<Contender> able = new ArrayList<>();
        double ignored = turn(ours);
        for (Contender peer : peers) {
            if (isAble(peer)) {
                able.add(peer);
            }
        }
        List<Double> own = new ArrayList<>();
        Map<String, List<Double>> others = new LinkedHashMap<>();
        long end = System.nanoTime() + time.toNanos();
        for (int round = 1 - warmUps; round < rounds; round++) {
            if (round >= ROUNDS_MIN && System.nanoTime() > end) {
                break;
            }
            keep(round, own, turn(ours));
            for (Contender peer : able) {
                keep(round, others.computeIfAbsent(peer.name(), name -> new ArrayList<>()), turn(peer));
            }
        }
        Map<String, Samples> measured = new LinkedHashMap<>();
        others.forEach((name, values) -> measured.put(name, samples(values)));
        return new Outcome(samples(own), measured);
    }

    private double turn(Contender contender) throws Exception {
        contender.before.run();
        disk.settle();
        double millis = contender.work.run();
        System.err.printf(Locale.ROOT, "%s %.0f ms%n", contender.name, millis);
        contender.after.run();
        return millis;
    }

    private boolean isAble(Contender peer) {
        try {
            double ignored = turn(peer);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (Exception e) {
            System.err.println("left out, " + peer.name() + ": " + e.getMessage());
            return false;
        }
    }

    private static void keep(int round, List<Double> values, double value) {
        if (round >= 0) {
            values.add(value);
        }
    }

    private static Samples samples(List<Double> values) {
        return new Samples(values.stream().mapToDouble(Double::doubleValue).toArray());
    }
}
