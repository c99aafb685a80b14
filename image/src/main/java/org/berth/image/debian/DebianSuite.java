package org.berth.image.debian;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.image.Reference;

/** Which suite of the archive an image's tag stands for. */
final class DebianSuite {
    /** Releases by codename, and the archive's names for whichever release has that place now. */
    private static final Set<String> RELEASES = Set.of(
            "bullseye", "bookworm", "trixie", "forky", "duke", "sid", "oldstable", "stable", "testing", "unstable");

    private static final Map<String, String> NUMBERS =
            Map.of("11", "bullseye", "12", "bookworm", "13", "trixie", "14", "forky", "latest", "stable");

    private DebianSuite() {}

    /** The suite for {@code debian:TAG}; empty for every other image. */
    static Optional<String> of(Reference reference) {
        boolean debian = reference.registry().equals("docker.io")
                && reference.repository().equals("library/debian")
                && reference.digest().isEmpty();
        String suite = NUMBERS.getOrDefault(reference.tag(), reference.tag());
        return debian && isRelease(suite) ? Optional.of(suite) : Optional.empty();
    }

    static boolean isRelease(String name) {
        return RELEASES.contains(name);
    }

    /** Whether a release has suites of updates and security fixes; what is in development has not. */
    static boolean hasExtras(String codename) {
        return !codename.equals("sid");
    }
}
