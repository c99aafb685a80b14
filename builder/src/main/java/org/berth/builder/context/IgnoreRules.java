package org.berth.builder.context;

import java.util.ArrayList;
import java.util.List;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * What a {@code .dockerignore} leaves out (Docker's reference, ".dockerignore file"): of the rules that
 * match a path, or a folder above it, the last one decides; a rule with {@code !} takes it in again.
 */
public final class IgnoreRules {
    /** Nothing is left out. */
    public static final IgnoreRules NONE = new IgnoreRules(List.of());

    private static final int RULES_MAX = 10_000;

    private final List<Rule> rules;

    private IgnoreRules(List<Rule> rules) {
        this.rules = List.copyOf(rules);
    }

    private record Rule(PathPattern pattern, boolean ignored) {}

    /**
     * Reads rules, one a line.
     *
     * @param file its name, for errors
     */
    public static IgnoreRules parse(String file, String text) {
        List<Rule> rules = new ArrayList<>();
        int number = 0;
        for (String line : text.lines().toList()) {
            number++;
            String pattern = line.strip();
            if (line.startsWith("#") || pattern.isEmpty()) {
                continue;
            }
            boolean ignored = !pattern.startsWith("!");
            String clean = clean(ignored ? pattern : pattern.substring(1).strip());
            if (clean.isEmpty()) {
                continue;
            }
            try {
                rules.add(new Rule(PathPattern.of(clean, true), ignored));
            } catch (IllegalArgumentException e) {
                throw new BerthException(ErrorCode.INVALID, file + ":" + number + ": " + e.getMessage(), e);
            }
            if (rules.size() > RULES_MAX) {
                throw new BerthException(ErrorCode.INVALID, file + ": more than " + RULES_MAX + " rules");
            }
        }
        return new IgnoreRules(rules);
    }

    /** These rules after others, so that these decide. */
    public IgnoreRules after(IgnoreRules others) {
        List<Rule> all = new ArrayList<>(others.rules);
        all.addAll(rules);
        return new IgnoreRules(all);
    }

    /** Whether a path is left out; relative, without a slash at its beginning or end. */
    public boolean ignores(String path) {
        boolean ignored = false;
        for (Rule rule : rules) {
            if (rule.ignored() != ignored && matchesOrIsBelow(rule.pattern(), path)) {
                ignored = rule.ignored();
            }
        }
        return ignored;
    }

    /** Whether a source that COPY names is surely left out; where rules take something in again, none is. */
    public boolean surelyIgnores(String source) {
        String path = clean(source);
        if (rules.stream().anyMatch(rule -> !rule.ignored())) {
            return false;
        }
        return path.isEmpty() ? ignores("any/any") && ignores("any") : ignores(path);
    }

    /** Whether nothing below a folder that is left out can be taken in again: then it isn't walked. */
    public boolean ignoresAllBelow(String folder) {
        return ignores(folder) && rules.stream().allMatch(Rule::ignored);
    }

    private static boolean matchesOrIsBelow(PathPattern pattern, String path) {
        for (int end = path.length(); end > 0; end = path.lastIndexOf('/', end - 1)) {
            if (pattern.matches(path.substring(0, end))) {
                return true;
            }
        }
        return false;
    }

    /** "/a//b/../c/" is "a/c". */
    private static String clean(String pattern) {
        List<String> components = new ArrayList<>();
        for (String component : pattern.split("/", -1)) {
            if (component.equals("..") && !components.isEmpty()) {
                components.removeLast();
            } else if (!component.isEmpty() && !component.equals(".") && !component.equals("..")) {
                components.add(component);
            }
        }
        return String.join("/", components);
    }
}
