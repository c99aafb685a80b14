package org.berth.builder.source;

import java.util.List;
import java.util.Optional;

/** A user's folder, as far as a detector looks at it: small text files by their paths. */
public interface SourceFolder {
    /** The text of a file; empty when it is not there. */
    Optional<String> text(String path);

    /** Paths that a pattern of the folder matches ("*.py", "cmd/*"), sorted; none when nothing does. */
    List<String> matching(String pattern);

    /** Whether a file is there. */
    default boolean has(String path) {
        return text(path).isPresent();
    }
}
