package org.berth.builder;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.engine.ContainerState;
import org.berth.engine.LocalEngine;
import org.berth.image.Image;
import org.berth.image.Images;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.MergedRoot;

/** A builder on a real engine, a folder to build from, and what it said. */
final class Workshop implements AutoCloseable {
    static final Path BUSYBOX = Path.of("/bin/busybox");

    final LocalEngine engine;
    final Builder builder;
    final Path context;
    private boolean left;
    final List<Progress.Step> said = Collections.synchronizedList(new ArrayList<>());

    Workshop(Instance instance, Map<String, String> environment) {
        engine = LocalEngine.open(instance, environment);
        engine.restore();
        builder = new Builder(instance, engine, environment);
        builder.recover();
        context = instance.root().resolveSibling("context");
        folder(context);
    }

    /** The image "tiny": the host's static busybox, built from nothing. */
    Workshop withTiny() {
        Path tiny = context.resolveSibling("tiny");
        for (String folder : List.of("bin", "dev", "etc", "proc", "sys", "tmp", "mnt")) {
            folder(tiny.resolve(folder));
        }
        try {
            Files.copy(BUSYBOX, tiny.resolve("bin/busybox"));
            for (String applet : List.of("sh", "cat", "echo", "ls", "id", "mkdir", "rm", "ln", "env", "grep", "date")) {
                Files.createSymbolicLink(tiny.resolve("bin").resolve(applet), Path.of("busybox"));
            }
            Files.writeString(tiny.resolve("etc/passwd"), "root:x:0:0::/:/bin/sh\nweb:x:33:34::/:/bin/sh\n");
            Files.writeString(tiny.resolve("etc/group"), "root:x:0:\nweb:x:34:\n");
            Files.writeString(tiny.resolve("Dockerfile"), "FROM scratch\nCOPY bin /bin\nCOPY . /\n");
            Files.writeString(tiny.resolve(".dockerignore"), "bin\n!bin/*\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        builder.build(
                new BuildRequest(tiny, Optional.empty(), Optional.empty(), Map.of(), List.of("tiny"), false, true),
                Progress.SILENT);
        return this;
    }

    void write(String path, String text) {
        Path file = context.resolve(path);
        folder(Objects.requireNonNull(file.getParent()));
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Image build(Map<String, String> arguments, boolean noCache) {
        said.clear();
        return builder.build(
                new BuildRequest(
                        context, Optional.empty(), Optional.empty(), arguments, List.of("built"), noCache, false),
                said::add);
    }

    Image build() {
        return build(Map.of(), false);
    }

    Image build(BuildOptions options) {
        said.clear();
        return builder.build(
                new BuildRequest(
                        context, Optional.empty(), Optional.empty(), Map.of(), List.of("built"), false, false, options),
                said::add);
    }

    /** Builds from a folder of its own, whose Dockerfile this is; its name is the folder's. */
    Image buildBeside(String name, String dockerfile, Consumer<Progress.Step> said) {
        Path beside = context.resolveSibling(name);
        folder(beside);
        try {
            Files.writeString(beside.resolve("Dockerfile"), dockerfile);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return builder.build(
                new BuildRequest(beside, Optional.empty(), Optional.empty(), Map.of(), List.of(name), false, false),
                said::accept);
    }

    /** The images that have no name. */
    List<Image> nameless() {
        return engine.images().list().stream()
                .filter(image -> image.names().isEmpty())
                .toList();
    }

    /** The lines that steps printed. */
    List<String> output() {
        return said.stream()
                .filter(step -> Builder.printer(step).isPresent())
                .map(Progress.Step::status)
                .toList();
    }

    /** What was said of steps. */
    List<String> steps() {
        return said.stream()
                .filter(step -> Builder.printer(step).isEmpty())
                .map(Progress.Step::status)
                .toList();
    }

    void root(Image image, Consumer<InRoot> use) {
        Images.Snapshot snapshot = engine.images().prepare("look", image.layers());
        try (InRoot root = MergedRoot.mount(snapshot.lower(), Optional.empty())) {
            use.accept(root);
        } finally {
            engine.images().release("look");
        }
    }

    /** Lets go as a daemon that ends does. */
    void leave() {
        left = true;
        engine.close();
    }

    @Override
    public void close() {
        if (left) {
            return;
        }
        for (ContainerState state : engine.containers().list()) {
            engine.containers().remove(state.id(), true, true);
        }
        engine.networks().list().forEach(network -> engine.networks().remove(network.id()));
        engine.close();
    }

    private static void folder(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
