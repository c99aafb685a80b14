package org.berth.image.store;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.linux.path.FileStatus;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.LastLink;
import org.berth.linux.path.MergedRoot;
import org.berth.linux.path.OpenFile;
import org.berth.linux.path.OverlayAttributes;

/**
 * Folders that a layer's tar has entries in, but does not describe: {@code tmp/file} without {@code tmp/}. Unpacked alone
 * they are root's, 0755; seen through overlayfs they hide that a layer below says 1777. The tools that leave such entries
 * out count on the root being unpacked layer upon layer, so what the lower layer says is put into the snapshot.
 */
final class ImpliedFolders {
    private static final FileMode DEFAULT = new FileMode(0, 0, 0755);

    private ImpliedFolders() {}

    private record FileMode(long uid, long gid, int mode) {}

    /**
     * An unpacked layer.
     *
     * @param implied paths of the folders that it does not describe
     */
    record Layer(Path folder, List<String> implied) {}

    /**
     * Puts owner and mode right in a snapshot that is not in use yet.
     *
     * @param layers the topmost first
     */
    static void mend(List<Layer> layers, MergedRoot.Changes changes) {
        Map<String, FileMode> wanted = wanted(layers);
        if (wanted.isEmpty()) {
            return;
        }
        List<Path> lower = layers.stream().map(Layer::folder).distinct().toList();
        try (InRoot root = MergedRoot.mount(lower, Optional.of(changes))) {
            wanted.forEach((path, mode) -> {
                root.chown(path, mode.uid, mode.gid, LastLink.KEEP);
                root.chmod(path, mode.mode);
            });
        }
    }

    private static Map<String, FileMode> wanted(List<Layer> layers) {
        Map<String, FileMode> wanted = new LinkedHashMap<>();
        List<String> paths = layers.stream()
                .flatMap(layer -> layer.implied.stream())
                .distinct()
                .toList();
        for (String path : paths) {
            described(path, layers).filter(mode -> !mode.equals(DEFAULT)).ifPresent(mode -> wanted.put(path, mode));
        }
        return wanted;
    }

    /** What the topmost layer that describes the folder says, if a layer above it only implies the folder. */
    private static Optional<FileMode> described(String path, List<Layer> layers) {
        boolean implied = false;
        for (Layer layer : layers) {
            Optional<FileStatus> there = find(layer, path);
            if (there.isPresent() && !there.get().isFolder()) {
                return Optional.empty(); // a whiteout, or something else
            }
            if (there.isPresent() && !layer.implied.contains(path)) {
                FileStatus status = there.get();
                return implied
                        ? Optional.of(new FileMode(status.uid(), status.gid(), status.mode()))
                        : Optional.empty();
            }
            if (there.isPresent() && isOpaque(layer, path)) {
                return Optional.empty(); // made anew: what is below does not count
            }
            implied |= there.isPresent();
        }
        return Optional.empty();
    }

    /** Whether the layer hides what is below at this path, there or in a folder on the way. */
    private static boolean isOpaque(Layer layer, String path) {
        try (InRoot root = InRoot.open(layer.folder)) {
            for (int end = path.length(); end > 0; end = path.lastIndexOf('/', end - 1)) {
                try (OpenFile folder = root.place("/" + path.substring(0, end), LastLink.KEEP)) {
                    if (folder.attribute(OverlayAttributes.OPAQUE).isPresent()) {
                        return true;
                    }
                }
            }
            return false;
        }
    }

    private static Optional<FileStatus> find(Layer layer, String path) {
        try (InRoot root = InRoot.open(layer.folder)) {
            return root.find("/" + path, LastLink.KEEP);
        }
    }
}
