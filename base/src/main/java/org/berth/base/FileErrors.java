package org.berth.base;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** What a failure of a file is to whoever asked: a full disk is told from the rest, for a user can mend it. */
public final class FileErrors {
    /** The C library's words for ENOSPC and EDQUOT; Java keeps no number. */
    private static final List<String> FULL = List.of("No space left on device", "Disk quota exceeded");

    private FileErrors() {}

    /**
     * EXHAUSTED for a full disk, else the failure as it is.
     *
     * @param action what was tried, with the path: "write /var/lib/berth/x"
     */
    public static RuntimeException of(String action, IOException cause) {
        return isFull(cause)
                ? new BerthException(
                        ErrorCode.EXHAUSTED,
                        action + ": no space left on device: free some on that file system, then do it again",
                        cause)
                : new UncheckedIOException(action + ": " + cause.getMessage(), cause);
    }

    /** Whether it is because a disk is full, or a quota used up. */
    public static boolean isFull(IOException cause) {
        String words = String.valueOf(cause.getMessage());
        return FULL.stream().anyMatch(words::contains);
    }
}
