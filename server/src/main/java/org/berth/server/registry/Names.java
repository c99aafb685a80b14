package org.berth.server.registry;

import java.util.regex.Pattern;
import org.berth.base.BerthException;
import org.berth.image.store.Digest;
import org.berth.server.http.Exchange;
import org.berth.server.registry.RegistryFault.Code;

/** Names and digests in paths, checked before anything is done with them. */
final class Names {
    private static final int NAME_LENGTH_MAX = 255;
    private static final Pattern NAME =
            Pattern.compile("[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*");
    private static final Pattern TAG = Pattern.compile("[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}");

    private Names() {}

    /** The repository's name. */
    static String repository(Exchange exchange) {
        String name = exchange.parameter("name");
        if (name.length() > NAME_LENGTH_MAX || !NAME.matcher(name).matches()) {
            throw new RegistryFault(400, Code.NAME_INVALID, "expected a repository's name in small letters");
        }
        return name;
    }

    /** A digest that content is to be stored, or was, under. */
    static Digest digest(String text) {
        try {
            return Digest.parse(text);
        } catch (BerthException e) {
            throw new RegistryFault(400, Code.DIGEST_INVALID, String.valueOf(e.getMessage()));
        }
    }

    static boolean isDigest(String tagOrDigest) {
        return tagOrDigest.contains(":");
    }

    static String tag(String text) {
        if (!TAG.matcher(text).matches()) {
            throw new RegistryFault(400, Code.MANIFEST_INVALID, "expected a tag of up to 128 letters and digits");
        }
        return text;
    }
}
