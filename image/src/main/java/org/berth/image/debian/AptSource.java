package org.berth.image.debian;

import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * One suite at one address.
 *
 * @param address ends with a slash: {@code http://mirror.example/debian/}
 * @param suite "bookworm", "bookworm-security"
 * @param components "main"
 * @param mayBeOld whether its administrator wants it used beyond its Valid-Until date, as snapshots are
 */
record AptSource(URI address, String suite, List<String> components, boolean mayBeOld) {
    static final String MAIN = "main";

    AptSource {
        String text = address.toString();
        address = text.endsWith("/") ? address : URI.create(text + "/");
    }

    /** The main component of a suite. */
    static AptSource main(URI address, String suite) {
        return new AptSource(address, suite, List.of(MAIN), false);
    }

    /** The same place with another suite, its main component only. */
    AptSource withSuite(String other) {
        return new AptSource(address, other, List.of(MAIN), mayBeOld);
    }

    /** As sources.list(5) writes it, without a name and password in the address. */
    String line() {
        return "deb " + publicAddress() + " " + suite + " " + String.join(" ", components);
    }

    /** The address without a name and password, and without the slash at its end. */
    String publicAddress() {
        String text = address.toString();
        String clean = Optional.ofNullable(address.getRawUserInfo())
                .map(user -> text.replace(user + "@", ""))
                .orElse(text);
        return clean.substring(0, clean.length() - 1);
    }

    /** Suite and address, for messages. */
    @Override
    public String toString() {
        return suite + " at " + publicAddress();
    }
}
