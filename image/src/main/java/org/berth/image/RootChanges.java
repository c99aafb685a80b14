package org.berth.image;

import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.berth.base.FileErrors;
import org.berth.image.layer.LayerPacker;
import org.berth.image.layer.TarEntry;
import org.berth.image.layer.TarReader;
import org.berth.linux.path.FileStatus;
import org.berth.linux.path.FileType;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.LastLink;

/**
 * Tells what was changed in a snapshot. Its upper folder is read as a layer would be made of it: by descriptors, so that no
 * program which still writes there leads anybody out of it.
 */
final class RootChanges {
    private static final int PIPE_BYTES = 256 * 1024;
    private static final String REMOVED = ".wh.";
    private static final String OPAQUE = ".wh..wh..opq";

    private RootChanges() {}

    static List<RootChange> of(Images.Snapshot snapshot) {
        List<InRoot> below = new ArrayList<>();
        try (PipedInputStream input = new PipedInputStream(PIPE_BYTES);
                PipedOutputStream output = new PipedOutputStream(input);
                TarReader tar = new TarReader(input)) {
            snapshot.lower().forEach(layer -> below.add(InRoot.open(layer)));
            CompletableFuture<Long> packed = new CompletableFuture<>();
            Thread.ofVirtual().name("changes").start(() -> pack(snapshot.upper(), output, packed));
            List<RootChange> changes = new ArrayList<>();
            for (Optional<TarEntry> entry = tar.next(); entry.isPresent(); entry = tar.next()) {
                change(entry.get().name(), below).ifPresent(changes::add);
            }
            return changes;
        } catch (IOException e) {
            throw FileErrors.of("look for changes in " + snapshot.upper(), e);
        } finally {
            below.forEach(InRoot::close);
        }
    }

    private static void pack(Path upper, PipedOutputStream output, CompletableFuture<Long> packed) {
        try (output) {
            packed.complete(LayerPacker.pack(upper, output));
        } catch (IOException | RuntimeException e) {
            packed.completeExceptionally(e); // the reader finds the stream cut
        }
    }

    private static Optional<RootChange> change(String name, List<InRoot> below) {
        String path = ("/" + name).replaceFirst("^/\\./", "/").replaceFirst("(?<=.)/$", "");
        String last = path.substring(path.lastIndexOf('/') + 1);
        if (path.equals("/") || last.equals(OPAQUE)) {
            return Optional.empty();
        }
        if (last.startsWith(REMOVED)) {
            String removed = path.substring(0, path.length() - last.length()) + last.substring(REMOVED.length());
            return Optional.of(new RootChange(removed, RootChange.Kind.REMOVED));
        }
        return Optional.of(
                new RootChange(path, isBelow(path, below) ? RootChange.Kind.CHANGED : RootChange.Kind.ADDED));
    }

    /** The topmost layer that knows the path tells. */
    private static boolean isBelow(String path, List<InRoot> below) {
        for (InRoot layer : below) {
            Optional<FileStatus> status = layer.find(path, LastLink.KEEP);
            if (status.isPresent()) {
                return !isWhiteout(status.get());
            }
        }
        return false;
    }

    private static boolean isWhiteout(FileStatus status) {
        return status.type() == FileType.CHARACTER_DEVICE
                && status.special().major() == 0
                && status.special().minor() == 0;
    }
}
