package org.berth.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The image that is moved about: Debian's smallest root and three layers of its files copied once more, compressed with
 * gzip by skopeo as images in registries are; in a layout and in a registry.
 */
final class SampleImage implements AutoCloseable {
    private static final String LAYERS = """
            FROM %s
            RUN --network=none mkdir /opt/share && cp -a /usr/share/. /opt/share
            RUN --network=none mkdir /opt/lib && cp -a /usr/lib/x86_64-linux-gnu/. /opt/lib
            RUN --network=none mkdir /opt/bin && cp -a /usr/bin/. /usr/sbin/. /opt/bin
            CMD ["/bin/bash"]
            """.formatted(BerthNode.IMAGE);

    private final Path folder;
    private final String name;

    private SampleImage(Path folder, String name) {
        this.folder = folder;
        this.name = name;
    }

    /** Makes it with a daemon that has Debian's image, and puts it into the registry. */
    static SampleImage make(Path skopeo, BerthNode berth, LoopbackRegistry registry, Path folder)
            throws IOException, InterruptedException {
        SampleImage image = new SampleImage(folder, registry.image("bench/debian"));
        Path context = Files.createDirectory(image.folder.resolve("context"));
        Files.writeString(context.resolve("Dockerfile"), LAYERS);
        String plain = registry.image("bench/plain");
        berth.api().build(context, plain, false);
        berth.api().push(plain);
        berth.api().removeImage(plain);
        copy(skopeo, "docker://" + plain, image.inLayout());
        copy(skopeo, image.inLayout(), "docker://" + image.name);
        return image;
    }

    private static void copy(Path skopeo, String source, String target) throws IOException, InterruptedException {
        double ignored = PrivateCommand.run(
                skopeo.toString(),
                "--insecure-policy",
                "copy",
                "--quiet",
                "--src-tls-verify=false",
                "--dest-tls-verify=false",
                source,
                target);
    }

    /** Its name in the registry. */
    String name() {
        return name;
    }

    /** The layout's folder. */
    Path layout() {
        return folder.resolve("layout");
    }

    /** As skopeo and its kin name it. */
    String inLayout() {
        return "oci:" + layout() + ":1";
    }

    @Override
    public void close() throws IOException {
        Folders.remove(folder);
    }
}
