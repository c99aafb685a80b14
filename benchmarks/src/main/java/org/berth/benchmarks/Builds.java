package org.berth.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.berth.benchmarks.ImagesBench.Field;
import org.berth.benchmarks.Rounds.Contender;

/**
 * Builds on the sample image. No step has a network: ours says so in the Dockerfile, docker and buildah by a setting, for
 * their builders of that age don't know the flag.
 */
final class Builds {
    private static final String TAG = "bench-built:1";
    private static final int WAITS = 3;

    private static final String SIX_STEPS = """
            FROM %s
            WORKDIR /srv/app
            COPY . .
            RUN cp -a /usr/share files
            RUN find files -type f -print0 | sort -z | xargs -0 sha256sum > sums
            RUN rm -r files/locale files/doc
            CMD ["/bin/cat", "/srv/app/sums"]
            """;

    private static final String NOTEBOARD = """
            FROM %s
            WORKDIR /srv/app
            COPY requirements.txt apt.txt ./
            RUN sha256sum requirements.txt apt.txt > packages
            COPY . .
            CMD ["/bin/bash"]
            """;

    private static final String SIDE_BY_SIDE = """
            FROM %1$s AS one
            RUN sleep 2; echo one > /one
            FROM %1$s AS two
            RUN sleep 2; echo two > /two
            FROM %1$s
            COPY --from=one /one /
            COPY --from=two /two /
            """;

    private static final String IN_A_ROW = """
            FROM %s
            RUN sleep 2; echo one > /one
            RUN sleep 2; echo two > /two
            """;

    private final ImagesScene scene;
    private final String base;

    Builds(ImagesScene scene) {
        this.scene = scene;
        this.base = scene.image().name();
    }

    /** Everything is known: the answer alone, by the sockets. */
    Field cached() throws Exception {
        Path folder = scene.disk().folder("build-");
        context(folder, SIX_STEPS);
        Contender ours = cached("berth", scene.berth().api(), archive(folder, true), "");
        List<Contender> peers = new ArrayList<>();
        if (scene.docker().isPresent()) {
            peers.add(cached("docker", scene.docker().get().api(), archive(folder, false), "&networkmode=none"));
        }
        return new Field(ours, peers, "dockerd", () -> {
            for (EngineApi api : scene.engines()) {
                api.removeImage(TAG);
                api.removeImage(base);
            }
            Folders.remove(folder);
        });
    }

    private Contender cached(String name, EngineApi api, byte[] archive, String options) throws Exception {
        api.pull(base);
        String path = "/build?t=" + TAG + options;
        api.work(path, archive);
        return Contender.of(name, () -> api.work(path, archive), Contender.NOTHING);
    }

    /** Nothing is known but the image that it begins with. */
    Field cold() throws Exception {
        Path folder = scene.disk().folder("build-");
        Path own = context(folder.resolve("own"), networkless(SIX_STEPS));
        Path other = context(folder.resolve("other"), SIX_STEPS);
        EngineApi api = scene.berth().api();
        api.pull(base);
        List<Contender> peers = new ArrayList<>();
        Optional<ContainersStore> buildah = scene.store("buildah");
        if (buildah.isPresent()) {
            ContainersStore store = buildah.get();
            double ignored = store.pull(base);
            peers.add(coldBuildah(store, "buildah", other, "--no-cache"));
            peers.add(coldBuildah(store, "buildah --layers", other, "--no-cache", "--layers"));
        }
        Contender ours = Contender.of("berth", () -> api.build(own, TAG, true), () -> api.removeImage(TAG));
        return new Field(ours, peers, "buildah", () -> end(folder));
    }

    private static Contender coldBuildah(ContainersStore store, String name, Path context, String... options) {
        return new Contender(
                name, Contender.NOTHING, () -> store.build(context, TAG, options), () -> store.remove(TAG));
    }

    /** One template of the example application has changed; what comes before its sources is known. */
    Field change(Path application) throws Exception {
        Path folder = scene.disk().folder("build-");
        Path own = copy(application, folder.resolve("own"), networkless(NOTEBOARD));
        Path other = copy(application, folder.resolve("other"), NOTEBOARD);
        EngineApi api = scene.berth().api();
        api.pull(base);
        api.build(own, TAG, false);
        List<Contender> peers = new ArrayList<>();
        Optional<ContainersStore> buildah = scene.store("buildah");
        if (buildah.isPresent()) {
            ContainersStore store = buildah.get();
            double ignored = store.pull(base);
            double first = store.build(other, TAG, "--layers");
            peers.add(new Contender(
                    "buildah --layers",
                    () -> touch(other),
                    () -> store.build(other, TAG, "--layers"),
                    Contender.NOTHING));
        }
        Contender ours = new Contender(
                "berth", () -> touch(own), Rounds.timed(() -> api.build(own, TAG, false)), Contender.NOTHING);
        return new Field(ours, peers, "buildah", () -> end(folder));
    }

    /** Two stages that wait, side by side or in a row. */
    Samples waiting(boolean sideBySide) throws Exception {
        Path folder = scene.disk().folder("build-");
        EngineApi api = scene.berth().api();
        api.pull(base);
        try {
            context(folder, networkless(sideBySide ? SIDE_BY_SIDE : IN_A_ROW));
            return Samples.time(0, WAITS, () -> api.build(folder, TAG, true));
        } finally {
            api.removeImage(TAG);
            api.removeImage(base);
            Folders.remove(folder);
        }
    }

    private void end(Path folder) throws Exception {
        EngineApi api = scene.berth().api();
        api.removeImage(TAG);
        api.removeImage(base);
        if (scene.store("buildah").isPresent()) {
            scene.store("buildah").get().clear();
        }
        Folders.remove(folder);
    }

    private Path context(Path folder, String dockerfile) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("Dockerfile"), dockerfile.formatted(base));
        Files.writeString(folder.resolve("text"), "a source file\n".repeat(100));
        return folder;
    }

    private Path copy(Path application, Path folder, String dockerfile) throws IOException {
        try (Stream<Path> files = Files.walk(application)) {
            for (Path file : files.toList()) {
                Path ignored = Files.copy(file, folder.resolve(application.relativize(file)));
            }
        }
        Files.writeString(folder.resolve("Dockerfile"), dockerfile.formatted(base));
        return folder;
    }

    private static void touch(Path application) throws IOException {
        Path page = application.resolve("templates").resolve("page.html");
        Files.writeString(page, Files.readString(page) + "<!-- changed -->\n");
    }

    private static String networkless(String dockerfile) {
        return dockerfile.replace("\nRUN ", "\nRUN --network=none ");
    }

    private byte[] archive(Path folder, boolean own) throws IOException, InterruptedException {
        Files.writeString(folder.resolve("Dockerfile"), (own ? networkless(SIX_STEPS) : SIX_STEPS).formatted(base));
        Process process = new ProcessBuilder("tar", "--create", "--directory=" + folder, ".").start();
        byte[] tar = process.getInputStream().readAllBytes();
        if (process.waitFor() != 0) {
            throw new IOException("tar failed");
        }
        return tar;
    }
}
