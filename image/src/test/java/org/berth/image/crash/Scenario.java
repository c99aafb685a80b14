package org.berth.image.crash;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.image.LocalImages;
import org.berth.image.Reference;
import org.berth.image.StoreFixture;

/** What a daemon does when it is killed. */
public final class Scenario {
    private Scenario() {}

    /** Loads an archive. */
    public static void load(Instance instance, String archive) throws IOException {
        try (LocalImages images = StoreFixture.open(instance);
                InputStream in = Files.newInputStream(Path.of(archive))) {
            images.load(in, Progress.SILENT);
        }
    }

    /** Pulls an image. */
    public static void pull(Instance instance, String name) {
        try (LocalImages images = StoreFixture.open(instance)) {
            images.pull(Reference.parse(name), Progress.SILENT);
        }
    }

    /** Loads an archive, and removes what was in it. */
    public static void loadAndRemove(Instance instance, String archive) throws IOException {
        try (LocalImages images = StoreFixture.open(instance);
                InputStream in = Files.newInputStream(Path.of(archive))) {
            images.load(in, Progress.SILENT).forEach(image -> images.remove(image.id(), true));
        }
    }
}
