package org.berth.builder.dockerfile;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.berth.builder.dockerfile.Instruction.Origin;

/** The checks that need no variable's value: how a Dockerfile is written. */
public final class FormChecks {
    private static final Set<String> RESERVED = Set.of("context", "scratch");
    private static final Pattern SECRET = Pattern.compile(
            "(?i)(?:_|^)(?:apikey|auth|credential|credentials|key|password|pword|passwd|secret|token)(?:_|$)");
    private static final Pattern NO_SECRET = Pattern.compile("(?i)(?:_|^)(?:public|file|version)(?:_|$)");

    private final Dockerfile dockerfile;
    private final Lint lint;

    private FormChecks(Dockerfile dockerfile, Lint lint) {
        this.dockerfile = dockerfile;
        this.lint = lint;
    }

    /** Looks at the whole of a Dockerfile. */
    public static void check(Dockerfile dockerfile, Lint lint) {
        FormChecks checks = new FormChecks(dockerfile, lint);
        dockerfile
                .emptyContinuations()
                .forEach(
                        place -> lint.warn(LintRule.NO_EMPTY_CONTINUATION, lastLine(place), "Empty continuation line"));
        checks.stageNames();
        checks.casing();
        dockerfile.globals().forEach(checks::described);
        for (Dockerfile.Stage stage : dockerfile.stages()) {
            checks.from(stage.from());
            checks.stage(stage.instructions());
        }
    }

    private static Place lastLine(Place place) {
        return new Place(place.file(), place.lastLine(), place.lastLine(), place.excerpt());
    }

    private void stageNames() {
        Set<String> seen = new HashSet<>();
        for (Dockerfile.Stage stage : dockerfile.stages()) {
            Instruction.From from = stage.from();
            Optional<String> name = from.name();
            if (name.isPresent() && RESERVED.contains(name.get())) {
                lint.warn(
                        LintRule.RESERVED_STAGE_NAME,
                        from.place(),
                        "Stage name should not use the same name as reserved stage \"" + name.get() + "\"");
            }
            if (name.isPresent() && !seen.add(name.get())) {
                lint.warn(
                        LintRule.DUPLICATE_STAGE_NAME,
                        from.place(),
                        "Duplicate stage name \"" + name.get() + "\", stage names should be unique");
            }
        }
    }

    /** All in upper case, or all in lower case, by what most have. */
    private void casing() {
        List<Origin> origins = new ArrayList<>();
        for (Dockerfile.Stage stage : dockerfile.stages()) {
            origins.add(stage.from().origin());
            stage.instructions().forEach(instruction -> origins.add(instruction.origin()));
        }
        long lower = origins.stream()
                .map(Origin::keyword)
                .filter(FormChecks::isLower)
                .count();
        long upper = origins.stream()
                .map(Origin::keyword)
                .filter(word -> isUpper(word) && !isLower(word))
                .count();
        boolean mostAreLower = lower > upper;
        for (Origin origin : origins) {
            if (mostAreLower ? !isLower(origin.keyword()) : !isUpper(origin.keyword())) {
                lint.warn(
                        LintRule.CONSISTENT_INSTRUCTION_CASING,
                        origin.place(),
                        "Command '" + origin.keyword() + "' should match the case of the command majority ("
                                + (mostAreLower ? "lowercase" : "uppercase") + ")");
            }
        }
    }

    private void from(Instruction.From from) {
        Origin origin = from.origin();
        from.nameWritten()
                .filter(name -> !isLower(name))
                .ifPresent(name ->
                        lint.warn(LintRule.STAGE_NAME_CASING, origin, "Stage name '" + name + "' should be lowercase"));
        String[] words = origin.text().split("\\s+", -1);
        if (from.name().isPresent() && (isLower(origin.keyword()) || isUpper(origin.keyword()))) {
            String as = words[words.length - 2];
            if (isLower(origin.keyword()) ? !isLower(as) : !isUpper(as)) {
                lint.warn(
                        LintRule.FROM_AS_CASING,
                        origin,
                        "'" + as + "' and '" + origin.keyword() + "' keywords' casing do not match");
            }
        }
        from.name().ifPresent(name -> description("FROM", List.of(name), origin));
    }

    private void stage(List<Instruction> instructions) {
        Map<String, Origin> once = new TreeMap<>();
        for (Instruction instruction : instructions) {
            Origin origin = instruction.origin();
            switch (instruction) {
                case Instruction.Environment environment -> {
                    old(environment.pairs(), "ENV", origin);
                    environment.pairs().forEach(pair -> secret("ENV", pair.name(), origin));
                }
                case Instruction.Label label -> old(label.pairs(), "LABEL", origin);
                case Instruction.Argument argument -> described(argument);
                case Instruction.Maintainer _ ->
                    lint.warn(
                            LintRule.MAINTAINER_DEPRECATED,
                            origin,
                            "Maintainer instruction is deprecated in favor of using label");
                case Instruction.Command _ -> once(once, "CMD", origin);
                case Instruction.Entrypoint _ -> once(once, "ENTRYPOINT", origin);
                case Instruction.HealthCheck _ -> once(once, "HEALTHCHECK", origin);
                default -> {
                    // nothing of its form to look at
                }
            }
        }
    }

    /** The one before is said, for it is the one that has no effect. */
    private void once(Map<String, Origin> seen, String name, Origin origin) {
        Origin before = seen.put(name, origin);
        if (before != null) {
            lint.warn(
                    LintRule.MULTIPLE_INSTRUCTIONS_DISALLOWED,
                    before,
                    "Multiple " + origin.keyword()
                            + " instructions should not be used in the same stage because only the"
                            + " last one will be used");
        }
    }

    private void old(List<Instruction.Pair> pairs, String name, Origin origin) {
        if (pairs.stream().anyMatch(Instruction.Pair::old)) {
            lint.warn(
                    LintRule.LEGACY_KEY_VALUE_FORMAT,
                    origin,
                    "\"" + name + " key=value\" should be used instead of legacy \"" + name + " key value\" format");
        }
    }

    private void described(Instruction.Argument argument) {
        List<String> names = argument.declarations().stream()
                .map(Instruction.Declaration::name)
                .toList();
        names.forEach(name -> secret("ARG", name, argument.origin()));
        description("ARG", names, argument.origin());
    }

    private void secret(String keyword, String name, Origin origin) {
        if (SECRET.matcher(name).find() && !NO_SECRET.matcher(name).find()) {
            lint.warn(
                    LintRule.SECRETS_USED_IN_ARG_OR_ENV,
                    origin,
                    "Do not use ARG or ENV instructions for sensitive data (" + keyword + " \"" + name + "\")");
        }
    }

    private void description(String keyword, List<String> names, Origin origin) {
        if (origin.comments().isEmpty()
                || names.isEmpty()
                || names.contains(origin.comments().getLast().split(" ", 2)[0])) {
            return;
        }
        String name = names.size() > 1 ? "<arg_key>" : names.getFirst();
        lint.warn(
                LintRule.INVALID_DEFINITION_DESCRIPTION,
                origin,
                "Comment for " + keyword + " should follow the format: `# " + name + " <description>`");
    }

    private static boolean isLower(String text) {
        return text.equals(text.toLowerCase(Locale.ROOT));
    }

    private static boolean isUpper(String text) {
        return text.equals(text.toUpperCase(Locale.ROOT));
    }
}
