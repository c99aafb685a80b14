package org.berth.builder;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A repository that ADD names: "https://host/path.git#ref:folder", "git@host:path", "git://", "ssh://", or with a query
 * "?ref=main&amp;subdir=folder".
 *
 * @param remote where it is fetched
 * @param reference a branch, tag or commit; empty for the default branch
 * @param folder in it; "" for all
 * @param checksum of the commit, when the address has one
 */
record GitReference(String remote, String reference, String folder, Optional<String> checksum) {
    private static final Pattern PROTOCOL = Pattern.compile("(?i)(git|ssh)://.*|[\\w.-]+@[\\w.-]+:.*");
    private static final Pattern WEB = Pattern.compile("(?i)https?://[^?#]*\\.git(/?)([?#].*)?");

    /** The repository that a source names, if it is one. */
    static Optional<GitReference> of(String source) {
        if (!PROTOCOL.matcher(source).matches() && !WEB.matcher(source).matches()) {
            return Optional.empty();
        }
        int hash = source.indexOf('#');
        String fragment = hash < 0 ? "" : source.substring(hash + 1);
        String address = hash < 0 ? source : source.substring(0, hash);
        int question = address.indexOf('?');
        Map<String, String> query = question < 0 ? Map.of() : query(address.substring(question + 1));
        int colon = fragment.indexOf(':');
        String reference = colon < 0 ? fragment : fragment.substring(0, colon);
        String folder = colon < 0 ? "" : fragment.substring(colon + 1);
        return Optional.of(new GitReference(
                question < 0 ? address : address.substring(0, question),
                first(
                        reference,
                        value(query, "ref"),
                        value(query, "branch"),
                        value(query, "tag"),
                        value(query, "commit")),
                first(folder, value(query, "subdir")),
                Optional.of(first(value(query, "checksum"), value(query, "commit")))
                        .filter(text -> !text.isEmpty())));
    }

    private static String value(Map<String, String> query, String name) {
        return query.getOrDefault(name, "");
    }

    private static String first(String standard, String... others) {
        if (!standard.isEmpty()) {
            return standard;
        }
        for (String other : others) {
            if (!other.isEmpty()) {
                return other;
            }
        }
        return "";
    }

    private static Map<String, String> query(String text) {
        Map<String, String> query = new LinkedHashMap<>();
        for (String pair : text.split("&", -1)) {
            int equals = pair.indexOf('=');
            query.put(
                    equals < 0 ? pair : pair.substring(0, equals),
                    equals < 0 ? "" : URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
        }
        return query;
    }
}
