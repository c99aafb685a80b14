package org.berth.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * {@code berth bench [NAME...|jail|images] [--install-peers] [--rounds=N]}: measures, prints a table, then a line for each
 * figure: {@code NAME measured R goal R}, lower is better, or {@code NAME missing PEER}. A small number of rounds tries
 * the comparisons of images; what they then say is no figure.
 */
public final class Main implements JailBench.Figures {
    private static final int MISSING = 3;
    private static final String ROUNDS = "--rounds=";
    private static final int WARM_UPS = 20;
    private static final int RUNS = 100;
    private static final int DOCKER_RUNS = 20;
    private static final int BOOTSTRAPS = 3;
    private static final int IDLE_CONTAINERS = 50;
    private static final int COMMANDS = 20;
    /** How long a daemon is left alone before it counts as resting: it gives memory back when it is quiet. */
    private static final Duration REST = Duration.ofSeconds(60);

    private final List<String> table = new ArrayList<>();
    private final List<String> figures = new ArrayList<>();
    private final String launcher;
    private final int roundsMax;
    private boolean missing;

    private Main(String launcher, int roundsMax) {
        this.launcher = launcher;
        this.roundsMax = roundsMax;
    }

    public static void main(String[] arguments) throws Exception {
        List<String> words = new ArrayList<>(Arrays.asList(arguments));
        if (words.remove("--install-peers")) {
            Peers.install();
        }
        int roundsMax = words.stream()
                .filter(word -> word.startsWith(ROUNDS))
                .mapToInt(word -> Integer.parseInt(word.substring(ROUNDS.length())))
                .findFirst()
                .orElse(Integer.MAX_VALUE);
        words.removeIf(word -> word.startsWith(ROUNDS));
        Main bench = new Main(System.getenv("BERTH_LAUNCHER"), roundsMax);
        bench.run(words);
        bench.print();
        System.exit(bench.missing ? MISSING : 0);
    }

    private void run(List<String> wanted) throws Exception {
        if (wanted.remove("jail")) {
            wanted.addAll(JailBench.NAMES);
        }
        if (wanted.remove("images")) {
            wanted.addAll(ImagesBench.NAMES);
        }
        List<String> known = new ArrayList<>(
                List.of("start-crun", "start-docker", "bootstrap", "rest-daemon-mb", "rest-container-kb", "cli-ps"));
        known.addAll(JailBench.NAMES);
        known.addAll(ImagesBench.NAMES);
        for (String name : wanted) {
            if (!known.contains(name)) {
                System.err.println("berth: no benchmark " + name + "; there are " + String.join(", ", known));
                System.exit(2);
            }
        }
        List<String> names = wanted.isEmpty() ? known : wanted;
        try (BerthNode berth = BerthNode.start(launcher);
                ImagesBench images = new ImagesBench(launcher, berth, roundsMax, table::add, this)) {
            System.err.println("making " + BerthNode.IMAGE);
            berth.image();
            berth.settle();
            for (String name : names) {
                System.err.println("measuring " + name);
                measure(name, berth, images);
            }
        }
    }

    private void measure(String name, BerthNode berth, ImagesBench images) throws Exception {
        if (ImagesBench.NAMES.contains(name)) {
            images.measure(name);
            return;
        }
        switch (name) {
            case "start-crun" -> startCrun(berth);
            case "start-docker" -> startDocker(berth);
            case "bootstrap" -> bootstrap();
            case "rest-daemon-mb" -> rest(berth, true);
            case "rest-container-kb" -> rest(berth, false);
            case "cli-ps" -> commandPs(berth);
            default -> new JailBench(berth, table::add, this).measure(name);
        }
    }

    private void startCrun(BerthNode berth) throws Exception {
        Optional<Path> crun = Peers.find("crun");
        if (crun.isEmpty()) {
            missing("start-crun", "crun");
            return;
        }
        Samples ours = Samples.time(WARM_UPS, RUNS, () -> berth.api().runTrue(BerthNode.IMAGE, "none"));
        Samples theirs = Crun.run(crun.get(), berth.root(), WARM_UPS, RUNS);
        table.add(ours.row("berth: true, no network"));
        table.add(theirs.row("crun run: true"));
        figure("start-crun", ours.median() / theirs.median(), "0.50");
    }

    private void startDocker(BerthNode berth) throws Exception {
        Optional<Path> dockerd = Peers.find("dockerd");
        if (dockerd.isEmpty()) {
            missing("start-docker", "dockerd");
            return;
        }
        try (DockerNode docker = DockerNode.start(dockerd.get(), berth.root())) {
            Samples ours = Samples.time(WARM_UPS, RUNS, () -> berth.api().runTrue(BerthNode.IMAGE, "bridge"));
            Samples theirs = Samples.time(2, DOCKER_RUNS, () -> docker.api().runTrue(DockerNode.IMAGE, "bridge"));
            table.add(ours.row("berth: true, default bridge"));
            table.add(theirs.row("docker: true, default bridge"));
            figure("start-docker", ours.median() / theirs.median(), "0.05");
        }
    }

    private void bootstrap() throws Exception {
        Optional<Path> mmdebstrap = Peers.find("mmdebstrap");
        if (mmdebstrap.isEmpty()) {
            missing("bootstrap", "mmdebstrap");
            return;
        }
        Samples ours = bootstraps();
        Samples theirs = Samples.time(0, BOOTSTRAPS, () -> mmdebstrap(mmdebstrap.get()));
        table.add(ours.row("berth: debian:bookworm"));
        table.add(theirs.row("mmdebstrap --variant=minbase"));
        figure("bootstrap", ours.median() / theirs.median(), "0.60");
    }

    /** Each on a daemon and folders of its own, so that nothing is kept; the daemon's start does not count. */
    private Samples bootstraps() throws Exception {
        double[] values = new double[BOOTSTRAPS];
        for (int i = 0; i < BOOTSTRAPS; i++) {
            try (BerthNode fresh = BerthNode.start(launcher)) {
                long start = System.nanoTime();
                fresh.image();
                values[i] = (System.nanoTime() - start) / 1e6;
            }
        }
        return new Samples(values);
    }

    private static void mmdebstrap(Path program) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("berth-bench-mmdebstrap-");
        try {
            List<String> command = new ArrayList<>(List.of(
                    program.toString(),
                    "--variant=minbase",
                    "--mode=root",
                    "bookworm",
                    folder.resolve("root").toString()));
            Optional.ofNullable(System.getenv("BERTH_DEBIAN_MIRROR")).ifPresent(command::add);
            int code = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
            if (code != 0) {
                throw new IOException("mmdebstrap ended with " + code);
            }
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private void rest(BerthNode berth, boolean ofDaemon) throws Exception {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < IDLE_CONTAINERS; i++) {
            String id = berth.api().create(BerthNode.IMAGE, "bridge", "sleep", "infinity");
            berth.api().start(id);
            ids.add(id);
        }
        if (ofDaemon) {
            Thread.sleep(REST);
            double resident = Memory.residentKib(berth.pid()) / 1024.0;
            table.add(String.format(
                    Locale.ROOT,
                    "%-34s %10.2f MiB with %d idle containers",
                    "daemon resident",
                    resident,
                    IDLE_CONTAINERS));
            figure("rest-daemon-mb", resident, "120");
        } else {
            double each = Memory.monitorsKib(berth.instance().tag()) / IDLE_CONTAINERS;
            table.add(String.format(Locale.ROOT, "%-34s %10.2f KiB each (PSS)", "monitors of idle containers", each));
            figure("rest-container-kb", each, "100");
        }
        for (String id : ids) {
            berth.api().remove(id);
        }
    }

    private void commandPs(BerthNode berth) throws Exception {
        Optional<Path> dockerd = Peers.find("dockerd");
        Optional<Path> docker = Peers.find("docker");
        if (dockerd.isEmpty() || docker.isEmpty()) {
            missing("cli-ps", "docker");
            return;
        }
        try (DockerNode node = DockerNode.start(dockerd.get(), berth.root())) {
            Samples ours = Samples.time(3, COMMANDS, () -> berth.command("ps"));
            Samples theirs = Samples.time(3, COMMANDS, () -> {
                Process process = new ProcessBuilder(docker.get().toString(), "--host=unix://" + node.socket(), "ps")
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
                if (process.waitFor() != 0) {
                    throw new IOException("docker ps failed");
                }
            });
            table.add(ours.row("berth ps"));
            table.add(theirs.row("docker ps"));
            figure("cli-ps", ours.median() / theirs.median(), "8");
        }
    }

    @Override
    public void missing(String name, String peer) {
        missing = true;
        figures.add(name + " missing " + peer);
    }

    @Override
    public void figure(String name, double measured, String goal) {
        figures.add(String.format(Locale.ROOT, "%s measured %.2f goal %s", name, measured, goal));
    }

    private void print() throws IOException {
        System.out.printf(Locale.ROOT, "%-34s %13s %13s %6s%n", "what", "median", "p90", "runs");
        table.forEach(System.out::println);
        System.out.println();
        Machine.describe().forEach(System.out::println);
        System.out.println();
        figures.forEach(System.out::println);
    }
}
