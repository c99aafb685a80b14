package org.berth.image.layer;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Descriptor;

/**
 * Removes a folder with all that is in it, by descriptor: whoever swaps a folder for a symbolic link meanwhile gains
 * nothing (CVE-2026-41579, CVE-2024-23652).
 */
public final class TreeRemover {
    /** Deepest nesting that is descended, each level of which holds a descriptor. */
    static final int DEPTH_MAX = 1000;

    private TreeRemover() {}

    /** Removes the folder; nothing happens when it isn't there. */
    public static void remove(Path folder) {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Path absolute = folder.toAbsolutePath();
        Path parent = absolute.resolveSibling("");
        String name = String.valueOf(absolute.getFileName());
        try (FileCalls calls = new FileCalls();
                Descriptor open = calls.open(parent)) {
            remove(
                    calls,
                    open,
                    new String(name.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
        }
    }

    /** Removes what is under this name, a folder with all that is in it. */
    static void remove(FileCalls calls, Descriptor parent, String name) {
        remove(calls, parent, name, 0);
    }

    private static void remove(FileCalls calls, Descriptor parent, String name, int depth) {
        if (depth > DEPTH_MAX) {
            throw new BerthException(
                    ErrorCode.EXHAUSTED,
                    "remove " + FileCalls.readable(name) + ": folders are nested deeper than " + DEPTH_MAX);
        }
        boolean folder = calls.status(parent, name).map(FileStatus::isFolder).orElse(false);
        if (!folder) {
            calls.removeFile(parent, name);
            return;
        }
        try (Descriptor open = calls.openChild(parent, name)) {
            for (String child : calls.names(open)) {
                remove(calls, open, child, depth + 1);
            }
        }
        calls.removeFolder(parent, name);
    }
}
