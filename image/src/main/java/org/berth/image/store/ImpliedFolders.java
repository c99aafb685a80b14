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
     * Puts owner and mode right in a snapshot that is not in use yet. Times stay those of the unpacking: a copy of the folder
     * at each start would cost more than they are worth.
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
            Sight sight = look(layer, path);
            if (sight.there.isPresent() && !layer.implied.contains(path)) {
                FileStatus status = sight.there.get();
                return implied
                        ? Optional.of(new FileMode(status.uid(), status.gid(), status.mode()))
                        : Optional.empty();
            }
            if (sight.hidesBelow) {
                return Optional.empty();
            }
            implied |= sight.there.isPresent();
        }
        return Optional.empty();
    }

    /**
     * What a layer shows of a path.
     *
     * @param there the folder, if the layer has it
     * @param hidesBelow whether what layers below have there does not count: it was removed, or made anew, or a folder on
     *     the way was
     */
    private record Sight(Optional<FileStatus> there, boolean hidesBelow) {}

    private static Sight look(Layer layer, String path) {
        boolean opaque = false;
        Optional<FileStatus> there = Optional.empty();
        try (InRoot root = InRoot.open(layer.folder)) {
            for (int end = path.indexOf('/'); end >= -1; end = path.indexOf('/', end + 1)) {
                String folder = "/" + (end < 0 ? path : path.substring(0, end));
                there = root.find(folder, LastLink.KEEP);
                if (there.isEmpty() || !there.get().isFolder()) {
                    return new Sight(Optional.empty(), opaque || there.isPresent());
                }
                opaque |= isOpaque(root, folder);
                if (end < 0) {
                    break;
                }
            }
        }
        return new Sight(there, opaque);
    }

    private static boolean isOpaque(InRoot root, String path) {
        try (OpenFile folder = root.place(path, LastLink.KEEP)) {
            return folder.attribute(OverlayAttributes.OPAQUE).isPresent();
        }
    }
}
