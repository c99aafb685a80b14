package org.berth.image.large;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.image.Image;
import org.berth.image.Images;
import org.berth.image.LocalImages;
import org.berth.image.Reference;
import org.berth.image.StoreFixture;

/** What {@link LargeLayerTest} has a small process do: pull, save, remove, load. */
final class LargeWork {
    private LargeWork() {}

    public static void main(String[] arguments) throws IOException {
        Instance instance = new Instance(Path.of(arguments[0]), Path.of(arguments[1]));
        Reference name = Reference.parse(arguments[2]);
        Path saved = instance.root().resolve("saved.tar");
        try (LocalImages images = StoreFixture.open(instance)) {
            tell("pulled", images, images.pull(name, Progress.SILENT));
            try (OutputStream out = Files.newOutputStream(saved)) {
                images.save(List.of(name.full()), out);
            }
            images.remove(name.full(), true);
            try (InputStream in = new BufferedInputStream(Files.newInputStream(saved))) {
                tell("loaded", images, images.load(in, Progress.SILENT).getFirst());
            }
            images.remove(name.full(), true);
        }
    }

    private static void tell(String what, LocalImages images, Image image) throws IOException {
        Images.Snapshot look = images.prepare("look", image.layers());
        long heap = ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .mapToLong(pool -> pool.getPeakUsage().getUsed())
                .sum();
        String resident = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM"))
                .findFirst()
                .orElse("");
        System.out.println(what + " " + Files.size(look.lower().getFirst().resolve("large"))
                + " bytes; peak of the heap " + (heap >> 20) + " MB, " + resident.replaceAll("\\s+", " "));
        images.release("look");
    }
}
