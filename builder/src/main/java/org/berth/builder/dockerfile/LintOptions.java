package org.berth.builder.dockerfile;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which checks count: {@code check=skip=A,B;experimental=C;error=true}.
 *
 * @param skipped names, or "all"
 * @param experimental names, or "all"
 * @param error whether a warning fails the build
 */
public record LintOptions(Set<String> skipped, Set<String> experimental, boolean error) {
    static final LintOptions NONE = new LintOptions(Set.of(), Set.of(), false);
    private static final Pattern COMMENT = Pattern.compile("(?i)check\\s*=\\s*(\\S+).*");
    private static final int PARTS_MAX = 3;

    public LintOptions {
        skipped = Set.copyOf(skipped);
        experimental = Set.copyOf(experimental);
    }

    static LintOptions parse(String text, Place place) {
        LintOptions options = NONE;
        for (String part : text.isBlank() ? new String[0] : text.strip().split(";", PARTS_MAX)) {
            String[] pair = part.split("=", 2);
            if (pair.length < 2) {
                throw place.invalid("invalid check option '" + part + "': expected skip=, experimental= or error=");
            }
            Set<String> names = new HashSet<>(
                    Arrays.stream(pair[1].split(",")).map(String::strip).toList());
            options = switch (pair[0].strip()) {
                case "skip" -> new LintOptions(names, options.experimental, options.error);
                case "experimental" -> new LintOptions(options.skipped, names, options.error);
                case "error" -> new LintOptions(options.skipped, options.experimental, isTrue(pair[1], place));
                default ->
                    throw place.invalid(
                            "invalid check option '" + pair[0] + "': expected skip=, experimental= or error=");
            };
        }
        return options;
    }

    /** With what a comment before an instruction adds, for that instruction. */
    LintOptions with(List<String> comments, Place place) {
        Optional<Matcher> found =
                comments.stream().map(COMMENT::matcher).filter(Matcher::matches).findFirst();
        if (found.isEmpty()) {
            return this;
        }
        LintOptions more = parse(found.get().group(1), place);
        return new LintOptions(union(skipped, more.skipped), union(experimental, more.experimental), error);
    }

    boolean allows(LintRule rule) {
        return rule.isExperimental() ? isIn(experimental, rule) : !isIn(skipped, rule);
    }

    private static boolean isIn(Set<String> names, LintRule rule) {
        return names.contains("all") || names.contains(rule.title());
    }

    private static Set<String> union(Set<String> one, Set<String> other) {
        Set<String> all = new HashSet<>(one);
        all.addAll(other);
        return all;
    }

    private static boolean isTrue(String text, Place place) {
        return switch (text.strip().toLowerCase(java.util.Locale.ROOT)) {
            case "true", "t", "1" -> true;
            case "false", "f", "0" -> false;
            default -> throw place.invalid("check=error=" + text + ": expected true or false");
        };
    }
}
