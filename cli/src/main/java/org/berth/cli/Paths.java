package org.berth.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** Pieces of request paths. */
final class Paths {
    private Paths() {}

    /** A name percent-encoded, so that it is one segment or value whatever is in it (RFC 3986). */
    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
