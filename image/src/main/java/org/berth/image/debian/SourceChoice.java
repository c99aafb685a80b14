package org.berth.image.debian;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * Which sources a release may come from: places that may have its main suite, to be tried in order,
 * and places of its updates and security suites.
 *
 * <p>{@code BERTH_DEBIAN_MIRROR} names one place and rules alone: the main suite, nothing else.
 * Otherwise the host's own sources are taken; when the host runs another release, with the wanted
 * release's name in place of its own. No place is built in.
 */
record SourceChoice(List<AptSource> main, List<Extra> extras) {
    /** The variable that names a mirror. */
    static final String MIRROR_VARIABLE = "BERTH_DEBIAN_MIRROR";

    /**
     * A suite besides the main one.
     *
     * @param host as the host has it
     * @param kind what its name adds to the release's: "-updates", "-security"
     */
    record Extra(AptSource host, String kind) {
        /** The suite of a release. */
        AptSource of(String codename) {
            return host.withSuite(codename + kind);
        }

        /** Whether the host itself uses this suite of the release, so that it must be there. */
        boolean isHostsOwn(String codename) {
            return host.suite().equals(codename + kind);
        }
    }

    static SourceChoice of(Map<String, String> environment, List<AptSource> host, String suite) {
        String mirror = environment.getOrDefault(MIRROR_VARIABLE, "").strip();
        return mirror.isEmpty() ? fromHost(host, suite) : fromVariable(mirror, suite);
    }

    private static SourceChoice fromVariable(String mirror, String suite) {
        try {
            URI address = new URI(mirror);
            if (address.getScheme() != null) {
                return new SourceChoice(List.of(AptSource.main(address, suite)), List.of());
            }
        } catch (URISyntaxException e) {
            throw invalid(mirror, e);
        }
        throw invalid(mirror, new IllegalArgumentException("no scheme"));
    }

    private static BerthException invalid(String mirror, Exception cause) {
        return new BerthException(
                ErrorCode.INVALID,
                MIRROR_VARIABLE + " is '" + mirror + "', an address of the form http://HOST/debian was expected",
                cause);
    }

    private static SourceChoice fromHost(List<AptSource> host, String suite) {
        List<AptSource> main = new ArrayList<>();
        List<Extra> extras = new ArrayList<>();
        for (AptSource source : host) {
            if (!source.components().contains(AptSource.MAIN)) {
                continue;
            }
            Optional<String> kind = kind(source.suite());
            if (kind.isEmpty()) {
                continue;
            }
            if (kind.get().isEmpty()) {
                addOnce(main, source.withSuite(suite));
            } else {
                extras.add(new Extra(source, kind.get()));
            }
        }
        if (main.isEmpty()) {
            throw new BerthException(
                    ErrorCode.NOT_FOUND,
                    "no Debian archive in the host's package sources (/etc/apt): set " + MIRROR_VARIABLE
                            + " to the address of a mirror, http://HOST/debian");
        }
        return new SourceChoice(List.copyOf(main), List.copyOf(extras));
    }

    private static void addOnce(List<AptSource> sources, AptSource source) {
        if (!sources.contains(source)) {
            sources.add(source);
        }
    }

    /** What a suite's name adds to that of a Debian release; empty when it belongs to none. */
    private static Optional<String> kind(String suite) {
        for (String kind : List.of("", "-updates", "-security")) {
            String release = suite.endsWith(kind) ? suite.substring(0, suite.length() - kind.length()) : "";
            if (DebianSuite.isRelease(release)) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }
}
