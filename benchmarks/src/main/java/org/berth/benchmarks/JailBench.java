package org.berth.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/** {@code berth bench jail}: starts, execs and idle containers, beside crun, docker and podman. */
final class JailBench {
    static final List<String> NAMES = List.of("jail-start", "jail-start-full", "jail-exec", "jail-rate-podman");

    private static final int WARM_UPS = 100;
    private static final int RUNS = 300;
    private static final int PEER_WARM_UPS = 20;
    private static final int PEER_RUNS = 100;
    private static final int EXEC_RUNS = 100;
    private static final int STARTED = 50;
    private static final int WORKERS = 4;
    private static final int IDLE = 500;

    private final BerthNode berth;
    private final Consumer<String> table;
    private final Figures figures;

    /** Takes what is measured. */
    interface Figures {
        void figure(String name, double measured, String goal);

        void missing(String name, String peer);
    }

    JailBench(BerthNode berth, Consumer<String> table, Figures figures) {
        this.berth = berth;
        this.table = table;
        this.figures = figures;
    }

    void measure(String name) throws Exception {
        switch (name) {
            case "jail-start" -> start(name, false, "0.35");
            case "jail-start-full" -> start(name, true, "0.60");
            case "jail-exec" -> exec();
            case "jail-rate-podman" -> rate();
            default -> throw new IllegalStateException(name);
        }
    }

    private void start(String name, boolean full, String goal) throws Exception {
        Optional<Path> crun = Peers.find("crun");
        if (crun.isEmpty()) {
            figures.missing(name, "crun");
            return;
        }
        Path layers = Files.createTempDirectory("berth-bench-jail-");
        try (Jail jail = new Jail(layers, Folders.inMemory("berth-bench-jail-"), berth.root())) {
            Samples ours = full ? jail.fullCycles(WARM_UPS, RUNS) : jail.cycles(WARM_UPS, RUNS);
            Samples theirs = Crun.run(crun.get(), berth.root(), PEER_WARM_UPS, PEER_RUNS);
            table.accept(ours.rowWithTail(full ? "berth: overlay, network, port" : "berth: overlay, cgroups"));
            table.accept(theirs.rowWithTail("crun run"));
            Optional<Path> runc = Peers.find("runc");
            if (runc.isPresent()) {
                table.accept(Crun.run(runc.get(), berth.root(), PEER_WARM_UPS, PEER_RUNS)
                        .rowWithTail("runc run"));
            }
            figures.figure(name, ours.median() / theirs.median(), goal);
        } finally {
            Folders.remove(layers);
        }
    }

    private void exec() throws Exception {
        Optional<Path> dockerd = Peers.find("dockerd");
        if (dockerd.isEmpty()) {
            figures.missing("jail-exec", "dockerd");
            return;
        }
        try (DockerNode docker = DockerNode.start(dockerd.get(), berth.root())) {
            Samples ours = execs(berth.api(), BerthNode.IMAGE);
            Samples theirs = execs(docker.api(), DockerNode.IMAGE);
            table.accept(ours.rowWithTail("berth: exec"));
            table.accept(theirs.rowWithTail("docker: exec"));
            figures.figure("jail-exec", ours.median() / theirs.median(), "0.10");
        }
    }

    private static Samples execs(EngineApi api, String image) throws Exception {
        String id = api.create(image, "none", "sleep", "infinity");
        try {
            api.start(id);
            return Samples.time(PEER_WARM_UPS, EXEC_RUNS, () -> api.execTrue(id));
        } finally {
            api.remove(id);
        }
    }

    private void rate() throws Exception {
        Optional<Path> podman = Peers.find("podman");
        if (podman.isEmpty()) {
            figures.missing("jail-rate-podman", "podman");
            return;
        }
        remove(startIdle(1, STARTED));
        for (int workers : List.of(1, 2)) {
            long begin = System.nanoTime();
            List<String> ids = startIdle(workers, STARTED);
            rates("berth: start with " + workers + " workers", STARTED, millis(begin));
            remove(ids);
        }
        long begin = System.nanoTime();
        List<String> ids = startIdle(WORKERS, STARTED);
        double ours = millis(begin);
        rates("berth: start with " + WORKERS + " workers", STARTED, ours);
        remove(ids);
        double theirs = Podman.start(podman.get(), berth.root(), STARTED, WORKERS);
        rates("podman: start with " + WORKERS + " workers", STARTED, theirs);
        figures.figure("jail-rate-podman", ours / theirs, "0.05");
        idle();
    }

    private void idle() throws Exception {
        long kernel = Memory.kernelKib();
        long begin = System.nanoTime();
        List<String> ids = startIdle(WORKERS, IDLE);
        double start = millis(begin);
        rates("berth: start of " + IDLE, IDLE, start);
        double monitors = Memory.monitorsKib(berth.instance().tag()) / IDLE;
        double held = (Memory.kernelKib() - kernel) / (double) IDLE;
        table.accept(String.format(
                Locale.ROOT, "%-34s %10.1f KiB monitor, %.1f KiB kernel", "each idle container", monitors, held));
        table.accept(String.format(
                Locale.ROOT, "%-34s %10d", "daemon's threads with " + IDLE + " idle", Memory.threads(berth.pid())));
        begin = System.nanoTime();
        remove(ids);
        double end = millis(begin);
        rates("berth: teardown of " + IDLE, IDLE, end);
        table.accept(String.format(Locale.ROOT, "%-34s %10.2f", "teardown / start", end / start));
    }

    private List<String> startIdle(int workers, int count) throws Exception {
        return Workers.run(workers, Collections.nCopies(count, BerthNode.IMAGE), image -> {
            String id = berth.api().create(image, "none", "sleep", "infinity");
            berth.api().start(id);
            return id;
        });
    }

    private void remove(List<String> ids) throws Exception {
        Workers.run(WORKERS, ids, id -> {
            berth.api().remove(id);
            return id;
        });
    }

    private void rates(String what, int count, double millis) {
        table.accept(String.format(
                Locale.ROOT, "%-34s %10.2f ms each %10.1f a second", what, millis / count, count * 1000 / millis));
    }

    private static double millis(long begin) {
        return (System.nanoTime() - begin) / 1e6;
    }
}
