package org.berth.server;

import java.util.Optional;

/** Berth's version, as its jar's manifest has it. */
final class Version {
    private Version() {}

    static String text() {
        return Optional.ofNullable(Version.class.getPackage().getImplementationVersion())
                .orElse("0.1.0");
    }
}
