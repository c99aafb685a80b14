package org.berth.image;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * A reference by Docker's grammar (github.com/distribution/reference), in full.
 *
 * @param registry "docker.io", "127.0.0.1:5000"
 * @param repository "library/debian"
 * @param tag "bookworm"; "" when only a digest is given
 * @param digest "sha256:..."; "" when only a tag is given
 */
public record Reference(String registry, String repository, String tag, String digest) {
    private static final String DOMAIN_COMPONENT = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
    private static final String DOMAIN =
            "(?:" + DOMAIN_COMPONENT + "(?:\\." + DOMAIN_COMPONENT + ")*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?";
    private static final String PATH_COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
    private static final String PATH = PATH_COMPONENT + "(?:/" + PATH_COMPONENT + ")*";
    private static final String TAG = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}";
    private static final String DIGEST = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}";
    private static final Pattern FULL =
            Pattern.compile("(" + DOMAIN + ")/(" + PATH + ")(?::(" + TAG + "))?(?:@(" + DIGEST + "))?");
    private static final Pattern IDENTIFIER = Pattern.compile("[a-f0-9]{64}");
    private static final Pattern KNOWN_DIGEST =
            Pattern.compile("sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}");
    private static final int REPOSITORY_LENGTH_MAX = 255;
    /** Above any reference that the grammar's own bounds allow; keeps the matching of hostile text short. */
    private static final int LENGTH_MAX = 1024;

    /**
     * Reads a reference; "debian" is "docker.io/library/debian:latest".
     *
     * @throws BerthException INVALID when it is not of the grammar
     */
    public static Reference parse(String text) {
        if (text.isEmpty() || text.length() > LENGTH_MAX) {
            throw invalid(text, "expected NAME[:TAG][@DIGEST] of 1 to " + LENGTH_MAX + " characters");
        }
        if (IDENTIFIER.matcher(text).matches()) {
            throw invalid(text, "64 hexadecimal digits are an image's id, not a name");
        }
        String full = withRegistry(text);
        Matcher matcher = FULL.matcher(full);
        if (!matcher.matches()) {
            throw invalid(text, reason(full));
        }
        String repository = matcher.group(2);
        if (repository.length() > REPOSITORY_LENGTH_MAX) {
            throw invalid(text, "the repository's name is longer than " + REPOSITORY_LENGTH_MAX + " characters");
        }
        String tag = orEmpty(matcher, 3);
        String digest = orEmpty(matcher, 4);
        if (!digest.isEmpty() && !KNOWN_DIGEST.matcher(digest).matches()) {
            throw invalid(text, "the digest is not sha256, sha384 or sha512 with lower-case digits of its length");
        }
        boolean bare = tag.isEmpty() && digest.isEmpty();
        return new Reference(matcher.group(1), repository, bare ? RegistryNames.DEFAULT_TAG : tag, digest);
    }

    /** As people write it: "debian:bookworm". */
    public String familiar() {
        return familiarName() + suffix();
    }

    /** As it is stored: "docker.io/library/debian:bookworm". */
    public String full() {
        return registry + "/" + repository + suffix();
    }

    /** The name alone, as people write it: "debian". */
    public String familiarName() {
        if (!registry.equals(RegistryNames.DEFAULT_REGISTRY)) {
            return registry + "/" + repository;
        }
        String official = RegistryNames.OFFICIAL_FOLDER + "/";
        String rest = repository.startsWith(official) ? repository.substring(official.length()) : "";
        return rest.isEmpty() || rest.contains("/") ? repository : rest;
    }

    private String suffix() {
        return (tag.isEmpty() ? "" : ":" + tag) + (digest.isEmpty() ? "" : "@" + digest);
    }

    /**
     * The text with its registry in front. What is before the first slash is a registry when it has a dot, a colon or a
     * capital letter, or is "localhost".
     */
    private static String withRegistry(String text) {
        int slash = text.indexOf('/');
        String first = slash < 0 ? "" : text.substring(0, slash);
        boolean names = first.contains(".")
                || first.contains(":")
                || first.equals("localhost")
                || !first.toLowerCase(Locale.ROOT).equals(first);
        String registry = names ? first : RegistryNames.DEFAULT_REGISTRY;
        String rest = names ? text.substring(slash + 1) : text;
        if (registry.equals(RegistryNames.LEGACY_DEFAULT_REGISTRY)) {
            registry = RegistryNames.DEFAULT_REGISTRY;
        }
        if (registry.equals(RegistryNames.DEFAULT_REGISTRY) && rest.indexOf('/') < 0) {
            rest = RegistryNames.OFFICIAL_FOLDER + "/" + rest;
        }
        return registry + "/" + rest;
    }

    private static String reason(String full) {
        String rest = full.substring(full.indexOf('/') + 1);
        int colon = rest.indexOf(':');
        String repository = colon < 0 ? rest : rest.substring(0, colon);
        return repository.toLowerCase(Locale.ROOT).equals(repository)
                ? "expected NAME[:TAG][@DIGEST], such as debian:bookworm"
                : "a repository's name is lower case";
    }

    private static String orEmpty(Matcher matcher, int group) {
        return matcher.start(group) < 0 ? "" : matcher.group(group);
    }

    private static BerthException invalid(String text, String reason) {
        String shown = text.length() > 100 ? text.substring(0, 100) + "..." : text;
        return new BerthException(ErrorCode.INVALID, "image reference \"" + shown + "\" is not valid: " + reason);
    }
}
