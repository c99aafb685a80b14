package org.berth.builder.source;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/** Debian's releases and the versions of languages that each has. */
enum DebianRelease {
    BOOKWORM("debian:bookworm", "3.11.2", "18.20.4", List.of(17), "1.19.8"),
    TRIXIE("debian:trixie", "3.13.5", "20.19.2", List.of(21, 25), "1.24.4");

    private final String image;
    private final String python;
    private final String node;
    private final List<Integer> java;
    private final String go;

    DebianRelease(String image, String python, String node, List<Integer> java, String go) {
        this.image = image;
        this.python = python;
        this.node = node;
        this.java = java;
        this.go = go;
    }

    String image() {
        return image;
    }

    Version python() {
        return Version.of(python);
    }

    Version node() {
        return Version.of(node);
    }

    Version go() {
        return Version.of(go);
    }

    /** The oldest of its JDKs that is new enough. */
    Optional<Integer> java(int least) {
        return java.stream().filter(version -> version >= least).findFirst();
    }

    /**
     * The first release that will do.
     *
     * @param wanted "Python 3.12, which .python-version asks for"
     * @param there "3.11 and 3.13"
     */
    static DebianRelease first(Predicate<DebianRelease> fits, String wanted, String there) {
        for (DebianRelease release : values()) {
            if (fits.test(release)) {
                return release;
            }
        }
        throw new BerthException(
                ErrorCode.UNSUPPORTED,
                wanted + " is not in Debian, which has " + there + ": ask for one of them, or use a Dockerfile");
    }
}
