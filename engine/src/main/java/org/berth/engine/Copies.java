package org.berth.engine;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.image.layer.TarReader;
import org.berth.image.layer.TarWriter;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.path.InRoot;
import org.berth.linux.user.UserRange;
import org.berth.runtime.ContainerRuntime;

/**
 * Copies between a container's root and a tar stream. Of a running container it is the root that its
 * processes see, with volumes; of another its changes over its layers.
 */
final class Copies {
    private final Launcher launcher;
    private final ContainerRuntime runtime;

    Copies(Launcher launcher, ContainerRuntime runtime) {
        this.runtime = runtime;
        this.launcher = launcher;
    }

    /** The file or folder, under its own name; a symbolic link is copied as one. */
    void out(LiveContainer container, String path, OutputStream tar) {
        String plain = plain(path);
        in(
                container,
                false,
                (root, users) -> named(container, plain, () -> {
                    try (TarWriter writer = new TarWriter(tar)) {
                        new TreePacker(writer, users).pack(root, plain);
                    }
                }));
    }

    /**
     * All of the root but what is mounted on it: its changes over its layers, whether it runs or not. The container is not
     * kept from ending or starting while that takes its time; the kernel keeps the layers for as long as they are merged.
     */
    void whole(LiveContainer container, OutputStream tar) {
        InRoot whole;
        container.lock.lock(); // it is neither removed nor committed before they are merged
        try {
            whole = launcher.root(container.record(), false);
        } finally {
            container.lock.unlock();
        }
        try (whole) {
            named(container, "/", () -> {
                try (TarWriter writer = new TarWriter(tar)) {
                    new TreePacker(writer, Optional.empty()).pack(whole, "/");
                }
            });
        }
    }

    /** Unpacks into a folder that is there. */
    void in(LiveContainer container, String path, InputStream tar) {
        String plain = plain(path);
        in(
                container,
                true,
                (root, users) -> named(container, plain, () -> {
                    root.folder(plain).close();
                    new TreeUnpacker(root, plain, users).unpack(new TarReader(tar));
                }));
    }

    /** @param use is given the root, and the range whose ids its files show */
    private void in(LiveContainer container, boolean write, BiConsumer<InRoot, Optional<UserRange>> use) {
        if (container.active()) {
            Optional<InRoot> running = ContainerRoot.ofRunning(container, runtime);
            if (running.isPresent()) {
                try (InRoot root = running.get()) {
                    use.accept(root, container.record().users());
                    return;
                }
            }
        }
        container.lock.lock(); // it must not start meanwhile
        try {
            if (container.active()) {
                throw new BerthException(
                        ErrorCode.CONFLICT,
                        "container " + container.record().name() + " is just starting or ending: try again");
            }
            launcher.settle(container.record());
            try (InRoot root = launcher.root(container.record(), write)) {
                use.accept(root, Optional.empty());
            }
        } finally {
            container.lock.unlock();
        }
    }

    /** Work on files. */
    @FunctionalInterface
    private interface Work {
        void run() throws IOException;
    }

    private static void named(LiveContainer container, String path, Work work) {
        try {
            work.run();
        } catch (SystemCallException e) {
            boolean missing = e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR;
            throw missing
                    ? new BerthException(
                            ErrorCode.NOT_FOUND,
                            "Could not find the file " + path + " in container "
                                    + container.record().name(),
                            e)
                    : e;
        } catch (IOException e) {
            throw new UncheckedIOException("copy " + path + ": " + e.getMessage(), e);
        }
    }

    private static String plain(String path) {
        return Path.of("/").resolve(path).normalize().toString();
    }
}
