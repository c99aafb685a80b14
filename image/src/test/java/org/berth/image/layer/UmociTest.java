package org.berth.image.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.image.Images;
import org.berth.image.LocalImages;
import org.berth.image.Reference;
import org.berth.image.StoreFixture;
import org.berth.image.registry.Command;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.MergedRoot;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Layers one over another look as umoci unpacks them: whiteouts, emptied folders, what is another kind of thing than before. */
@KernelTest
class UmociTest {
    private final Set<String> implied = new TreeSet<>();

    @TempDir
    private Path folder;

    static LongStream seeds() {
        return LongStream.range(300, 312);
    }

    @BeforeEach
    void needsUmoci() {
        Command.require("umoci");
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void layersLookAsUmociUnpacksThem(long seed, Instance instance) throws IOException {
        try (LocalImages images = StoreFixture.open(instance)) {
            List<String> layers = new ArrayList<>();
            for (List<RandomTar.Item> items : RandomLayers.of(seed, 4, 30)) {
                implied.addAll(implied(items));
                layers.add(images.addLayer(new ByteArrayInputStream(RandomTar.write(items)), Progress.SILENT));
            }
            compare(images, layers, "tars");
            layers.add(changedByHand(images, layers, new Random(seed)));
            compare(images, layers, "changed");
        }
    }

    private void compare(LocalImages images, List<String> layers, String name) throws IOException {
        images.create(StoreFixture.config(), layers, layers, Optional.of(Reference.parse("made:" + name)));
        Path layout = folder.resolve("layout-" + name);
        images.saveLayout(List.of("made:" + name), layout);
        Path bundle = folder.resolve("bundle-" + name);
        String ignored = Command.run("umoci", "unpack", "--image", layout + ":" + name, bundle.toString());

        Images.Snapshot snapshot = images.prepare("look-" + name, layers);
        try (InRoot root = mount(snapshot)) {
            assertThat(Tree.differences(below(Path.of(root.descriptor().path())), below(bundle.resolve("rootfs"))))
                    .isEmpty();
        } finally {
            images.release("look-" + name);
        }
    }

    /** Folders that entries are in, but that no entry describes. */
    private static Set<String> implied(List<RandomTar.Item> layer) {
        Set<String> implied = new TreeSet<>();
        for (RandomTar.Item item : layer) {
            String path = item.entry().name();
            for (int end = path.indexOf('/'); end > 0; end = path.indexOf('/', end + 1)) {
                implied.add(path.substring(0, end));
            }
        }
        layer.forEach(item -> implied.remove(item.entry().name().replaceFirst("/$", "")));
        return implied;
    }

    /** Without the root itself, whose time is that of the moment, as those of implied folders are (docker's, too). */
    private SortedMap<String, String> below(Path root) {
        SortedMap<String, String> lines = new TreeMap<>(Tree.of(root));
        lines.remove(".");
        implied.forEach(path -> lines.computeIfPresent(path, (key, line) -> line.replaceAll(" [-0-9]+T[^ ]*Z", "")));
        return lines;
    }

    /** As a container changes its root. */
    private static String changedByHand(LocalImages images, List<String> layers, Random random) throws IOException {
        Images.Snapshot snapshot = images.prepare("change", layers);
        try (InRoot root = mount(snapshot)) {
            Path top = Path.of(root.descriptor().path());
            for (int i = 0; i < 30; i++) {
                change(root, top, random);
            }
        }
        return images.commit("change", Progress.SILENT);
    }

    private static void change(InRoot root, Path top, Random random) throws IOException {
        List<Path> paths;
        try (Stream<Path> all = Files.walk(Path.of(top + "/."))) {
            paths = all.skip(1).sorted().toList();
        }
        Path path = paths.get(random.nextInt(paths.size()));
        String inside = "/" + Path.of(top + "/.").relativize(path);
        boolean isFolder = Files.isDirectory(path, java.nio.file.LinkOption.NOFOLLOW_LINKS);
        switch (random.nextInt(5)) {
            case 0 -> root.removeAll(inside);
            case 1 -> {
                root.removeAll(inside);
                Files.createDirectory(path);
                Files.writeString(path.resolve("anew"), "anew");
            }
            case 2 -> {
                root.removeAll(inside);
                Files.writeString(path, "a file now");
            }
            case 3 -> {
                if (!Files.isSymbolicLink(path)) {
                    root.chmod(inside, 0700 + random.nextInt(0100));
                }
            }
            default -> {
                if (isFolder) {
                    Files.writeString(path.resolve("more-" + random.nextInt(1000)), "more");
                }
            }
        }
    }

    private static InRoot mount(Images.Snapshot snapshot) {
        return MergedRoot.mount(
                snapshot.lower(), Optional.of(new MergedRoot.Changes(snapshot.upper(), snapshot.work())));
    }
}
