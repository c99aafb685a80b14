package org.berth.image;

/**
 * A reference by Docker's grammar (github.com/distribution/reference), in full.
 *
 * @param registry "docker.io", "127.0.0.1:5000"
 * @param repository "library/debian"
 * @param tag "bookworm"; "" when only a digest is given
 * @param digest "sha256:..."; "" when only a tag is given
 */
public record Reference(String registry, String repository, String tag, String digest) {
    /** Reads a reference; "debian" is "docker.io/library/debian:latest". */
    public static Reference parse(String text) {
        throw new UnsupportedOperationException(text);
    }

    /** As people write it: "debian:bookworm". */
    public String familiar() {
        throw new UnsupportedOperationException(repository);
    }
}
