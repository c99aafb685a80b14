package org.berth.builder;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Objects;
import org.berth.linux.path.FileType;
import org.berth.linux.path.Folder;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.OpenFile;

/** Whole trees of the builder's own folders, by descriptor. */
final class Trees {
    private static final int DEPTH_MAX = 256;

    private Trees() {}

    /** Removes a folder with all below it; nothing there is fine. */
    static void remove(Path tree) {
        if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (InRoot parent = InRoot.open(Objects.requireNonNull(tree.getParent()))) {
            parent.removeAll("/" + tree.getFileName());
        }
    }

    /** Gives everything that is newer than a time that time: two builds of the same differ in nothing else. */
    static void clamp(Path tree, Instant newest) {
        try (InRoot root = InRoot.open(tree);
                Folder folder = root.folder("/")) {
            clamp(folder, newest, 0);
            try (OpenFile self = folder.self()) {
                clamp(self, newest);
            }
        }
    }

    private static void clamp(Folder folder, Instant newest, int depth) {
        if (depth > DEPTH_MAX) {
            throw new IllegalStateException("more than " + DEPTH_MAX + " folders deep");
        }
        for (Folder.Entry entry : folder.list()) {
            if (entry.type() == FileType.FOLDER) {
                try (Folder child = folder.folder(entry.name())) {
                    clamp(child, newest, depth + 1);
                }
            }
            try (OpenFile file = folder.place(entry.name())) {
                clamp(file, newest);
            }
        }
    }

    private static void clamp(OpenFile file, Instant newest) {
        if (file.status().modified().isAfter(newest)) {
            file.setModified(newest);
        }
    }
}
