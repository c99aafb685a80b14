package org.berth.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.berth.benchmarks.Rounds.Contender;
import org.berth.benchmarks.Rounds.Outcome;

/** {@code berth bench images}: pulls, pushes, unpacking and builds, beside docker, podman, buildah, skopeo and umoci. */
final class ImagesBench implements AutoCloseable {
    static final List<String> NAMES = List.of(
            "images-pull",
            "images-push",
            "images-unpack",
            "images-rebuild-cached",
            "images-build-cold",
            "images-source-change");

    private static final int WARM_UPS = 2;
    private static final int TRANSFERS = 9;
    private static final int BUILDS = 7;
    private static final int REBUILDS = 40;
    private static final int CHANGES = 15;
    private static final Duration LONG = Duration.ofSeconds(150);
    private static final Duration SHORT = Duration.ofSeconds(75);

    private final String launcher;
    private final BerthNode maker;
    private final int roundsMax;
    private final Consumer<String> table;
    private final JailBench.Figures figures;
    private Optional<ImagesScene> scene = Optional.empty();

    /**
     * @param maker a daemon that has Debian's image
     * @param roundsMax a smaller number of rounds is for trying it
     */
    ImagesBench(String launcher, BerthNode maker, int roundsMax, Consumer<String> table, JailBench.Figures figures) {
        this.launcher = launcher;
        this.maker = maker;
        this.roundsMax = roundsMax;
        this.table = table;
        this.figures = figures;
    }

    void measure(String name) throws Exception {
        for (String needed : List.of("docker-registry", "skopeo")) {
            if (Peers.find(needed).isEmpty()) {
                figures.missing(name, needed);
                return;
            }
        }
        ImagesScene all = scene();
        switch (name) {
            case "images-pull" -> compare(all, name, "0.50", TRANSFERS, LONG, new Transfers(all).pulls());
            case "images-push" -> compare(all, name, "0.50", TRANSFERS, LONG, new Transfers(all).pushes());
            case "images-unpack" -> unpack(name, all);
            case "images-rebuild-cached" -> compare(all, name, "1.00", REBUILDS, SHORT, new Builds(all).cached());
            case "images-build-cold" -> {
                Builds builds = new Builds(all);
                compare(all, name, "0.80", BUILDS, LONG, builds.cold());
                overlap(builds);
            }
            case "images-source-change" ->
                compare(all, name, "1.00", CHANGES, SHORT, new Builds(all).change(application()));
            default -> throw new IllegalStateException(name);
        }
    }

    private ImagesScene scene() throws Exception {
        if (scene.isEmpty()) {
            scene = Optional.of(new ImagesScene(
                    launcher,
                    maker,
                    Peers.find("docker-registry").orElseThrow(),
                    Peers.find("skopeo").orElseThrow()));
        }
        return scene.get();
    }

    /**
     * Those who take part.
     *
     * @param peers none where those that it takes are missing
     * @param wanted which these are, for people
     * @param end takes back what was made for all rounds
     */
    record Field(Contender ours, List<Contender> peers, String wanted, Samples.Work end) {}

    private void compare(ImagesScene all, String name, String goal, int rounds, Duration time, Field field)
            throws Exception {
        try {
            if (field.peers().isEmpty()) {
                figures.missing(name, field.wanted());
                return;
            }
            Rounds turns = new Rounds(Math.min(WARM_UPS, roundsMax), Math.min(rounds, roundsMax), time, all.disk());
            Outcome outcome = turns.run(field.ours(), field.peers());
            String what = name.substring("images-".length());
            table.accept(outcome.ours().row("berth: " + what));
            outcome.peers().forEach((peer, samples) -> table.accept(samples.row(peer + ": " + what)));
            outcome.best()
                    .ifPresentOrElse(
                            best -> figures.figure(name, outcome.ours().median() / best, goal),
                            () -> figures.missing(name, field.wanted()));
        } finally {
            field.end().run();
        }
    }

    private void unpack(String name, ImagesScene all) throws Exception {
        Path folder = all.disk().folder("unpack-");
        try (OwnStore own = new OwnStore(all.image().layout(), all.disk().folder("store-"))) {
            List<Contender> peers = new ArrayList<>();
            Peers.find("umoci").ifPresent(umoci -> peers.add(umoci(umoci, folder.resolve("root"), all.image())));
            all.store("buildah")
                    .ifPresent(buildah -> peers.add(new Contender(
                            "buildah",
                            Contender.NOTHING,
                            () -> buildah.pull(all.image().inLayout()),
                            buildah::clear)));
            Contender ours = new Contender("berth", Contender.NOTHING, own::unpack, Contender.NOTHING);
            compare(all, name, "0.70", TRANSFERS, SHORT, new Field(ours, peers, "umoci, buildah", Contender.NOTHING));
        } finally {
            Folders.remove(folder);
        }
    }

    private static Contender umoci(Path program, Path root, SampleImage image) {
        return new Contender(
                "umoci",
                Contender.NOTHING,
                () -> PrivateCommand.run(
                        program.toString(), "raw", "unpack", "--image", image.layout() + ":1", root.toString()),
                () -> Folders.remove(root));
    }

    private void overlap(Builds builds) throws Exception {
        double together = builds.waiting(true).median();
        double apart = builds.waiting(false).median();
        table.accept(String.format(
                Locale.ROOT,
                "%-34s %10.2f ms %10.2f ms one after the other, ratio %.2f",
                "berth: two stages that wait 2 s",
                together,
                apart,
                together / apart));
    }

    /** The example application beside the launcher. */
    private Path application() {
        return Path.of(launcher).resolveSibling("examples").resolve("noteboard");
    }

    @Override
    public void close() throws Exception {
        if (scene.isPresent()) {
            scene.get().close();
        }
    }
}
