package org.berth.runtime.seccomp;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.JsonTree;
import org.berth.linux.seccomp.Architecture;
import org.berth.linux.seccomp.Condition;
import org.berth.linux.seccomp.FilterFlag;
import org.berth.linux.seccomp.FilterRules;
import org.berth.runtime.oci.config.Seccomp;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Docker's JSON profile format (docs.docker.com/engine/security/seccomp), with what podman's adds to it (errors by
 * name): OCI's, and rules that count only on some architectures, kernels or with some capabilities.
 *
 * @param capabilities of the process, without the prefix: {@code SYS_ADMIN}
 * @param kernel its release, "6.18.44"
 */
public record DockerProfile(Set<String> capabilities, String kernel) {
    private static final int TEXT_CHARACTERS_MAX = 1 << 20;
    private static final int RULES_MAX = 4096;
    private static final int LAST_ARGUMENT = 5;
    private static final String HERE = "amd64";
    private static final Map<String, Integer> ERRORS =
            Map.of("EPERM", 1, "EACCES", 13, "EINVAL", 22, "ENOSYS", 38, "EAFNOSUPPORT", 97);

    public DockerProfile {
        capabilities = Set.copyOf(capabilities);
    }

    /** @throws BerthException INVALID, naming the place in the profile */
    public FilterRules read(String text) {
        if (text.length() > TEXT_CHARACTERS_MAX) {
            throw new BerthException(ErrorCode.INVALID, "a seccomp profile has at most 1 MiB");
        }
        JsonNode profile = parse(text);
        if (!profile.isObject() || !profile.hasNonNull("defaultAction")) {
            throw wrong("", "an object with defaultAction", profile);
        }
        List<FilterRules.Rule> rules = new ArrayList<>();
        List<JsonNode> given = list(profile, "syscalls", "syscalls");
        if (given.size() > RULES_MAX) {
            throw new BerthException(ErrorCode.INVALID, "a seccomp profile has at most " + RULES_MAX + " rules");
        }
        for (int i = 0; i < given.size(); i++) {
            String path = "syscalls[" + i + "]";
            if (counts(given.get(i), path)) {
                rules.add(rule(given.get(i), path));
            }
        }
        return new FilterRules(
                OciRules.action(
                        constant(profile, "defaultAction", "", Seccomp.Action.values()),
                        error(profile, "defaultErrnoRet", "defaultErrno", "")),
                architectures(profile),
                flags(profile),
                rules);
    }

    private static JsonNode parse(String text) {
        try {
            return JsonTree.read(text);
        } catch (JacksonException e) {
            throw new BerthException(ErrorCode.INVALID, "the seccomp profile is no JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** Whether a rule counts here: nothing it excludes is so, and all it includes is. */
    private boolean counts(JsonNode rule, String path) {
        JsonNode includes = rule.path("includes");
        JsonNode excludes = rule.path("excludes");
        Predicate<String> capable = name -> capabilities.contains(name.replaceFirst("^CAP_", ""));
        List<String> architectures = texts(includes, "arches", path);
        return texts(excludes, "arches", path).stream().noneMatch(HERE::equals)
                && texts(excludes, "caps", path).stream().noneMatch(capable)
                && !(excludes.hasNonNull("minKernel") && reaches(excludes.get("minKernel"), path))
                && (architectures.isEmpty() || architectures.contains(HERE))
                && texts(includes, "caps", path).stream().allMatch(capable)
                && (!includes.hasNonNull("minKernel") || reaches(includes.get("minKernel"), path));
    }

    /** Whether the kernel is this one or newer: "4.8". */
    private boolean reaches(JsonNode least, String path) {
        String text = least.asString("");
        if (!text.matches("[0-9]{1,4}\\.[0-9]{1,4}")) {
            throw wrong(path + ".minKernel", "a version like 4.8", least);
        }
        String[] wanted = text.split("\\.", -1);
        String[] running = kernel.split("[^0-9]+", -1);
        int major = Integer.compare(number(running, 0), Integer.parseInt(wanted[0]));
        return major > 0 || major == 0 && number(running, 1) >= Integer.parseInt(wanted[1]);
    }

    private static int number(String[] words, int index) {
        return index < words.length && words[index].matches("[0-9]{1,6}") ? Integer.parseInt(words[index]) : 0;
    }

    private static FilterRules.Rule rule(JsonNode rule, String path) {
        List<String> names = new ArrayList<>(texts(rule, "names", path));
        if (rule.hasNonNull("name")) {
            names.add(rule.get("name").asString(""));
        }
        if (names.isEmpty()) {
            throw wrong(path + ".names", "at least one name", rule);
        }
        List<Condition> conditions = new ArrayList<>();
        List<JsonNode> arguments = list(rule, "args", path + ".args");
        for (int i = 0; i < arguments.size(); i++) {
            conditions.add(condition(arguments.get(i), path + ".args[" + i + "]"));
        }
        return new FilterRules.Rule(
                names,
                OciRules.action(
                        constant(rule, "action", path + ".", Seccomp.Action.values()),
                        error(rule, "errnoRet", "errno", path + ".")),
                conditions);
    }

    private static Condition condition(JsonNode argument, String path) {
        JsonNode index = argument.path("index");
        if (!index.isIntegralNumber() || index.asLong() < 0 || index.asLong() > LAST_ARGUMENT) {
            throw wrong(path + ".index", "0 to 5", index);
        }
        return new Condition(
                index.asInt(),
                OciRules.comparison(constant(argument, "op", path + ".", Seccomp.Operator.values())),
                value(argument, "value", path),
                value(argument, "valueTwo", path));
    }

    private static long value(JsonNode argument, String name, String path) {
        JsonNode value = argument.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return 0;
        }
        if (!value.isIntegralNumber() || value.bigIntegerValue().bitLength() > Long.SIZE) {
            throw wrong(path + "." + name, "a number of 64 bits", value);
        }
        return value.bigIntegerValue().longValue();
    }

    private static Optional<Integer> error(JsonNode node, String number, String name, String path) {
        JsonNode given = node.path(number);
        if (given.isIntegralNumber() && given.asLong() >= 0 && given.asLong() <= 0xffff) {
            return Optional.of(given.asInt());
        }
        if (!given.isMissingNode() && !given.isNull()) {
            throw wrong(path + number, "a number from 0 to 65535", given);
        }
        JsonNode named = node.path(name);
        if (named.isString() && !named.asString().isEmpty()) {
            return Optional.of(Optional.ofNullable(ERRORS.get(named.asString()))
                    .orElseThrow(() -> wrong(path + name, "one of " + ERRORS.keySet(), named)));
        }
        return Optional.empty();
    }

    private static Set<Architecture> architectures(JsonNode profile) {
        Set<Architecture> architectures = EnumSet.noneOf(Architecture.class);
        texts(profile, "architectures", "architectures")
                .forEach(name -> Architecture.of(name).ifPresent(architectures::add));
        for (JsonNode entry : list(profile, "archMap", "archMap")) {
            if (entry.path("architecture").asString("").equals(Architecture.X86_64.ociName())) {
                texts(entry, "subArchitectures", "archMap")
                        .forEach(name -> Architecture.of(name).ifPresent(architectures::add));
            }
        }
        return architectures;
    }

    private static Set<FilterFlag> flags(JsonNode profile) {
        Set<FilterFlag> flags = EnumSet.noneOf(FilterFlag.class);
        for (String name : texts(profile, "flags", "flags")) {
            FilterFlag found = null;
            for (FilterFlag flag : FilterFlag.values()) {
                found = flag.ociName().equals(name) ? flag : found;
            }
            if (found == null) {
                throw new BerthException(ErrorCode.INVALID, "seccomp profile, flags: '" + name + "' is not known");
            }
            flags.add(found);
        }
        return flags;
    }

    private static <E extends Enum<E>> E constant(JsonNode node, String name, String path, E[] constants) {
        String text = node.path(name).asString("");
        for (E constant : constants) {
            if (constant.name().equals(text)) {
                return constant;
            }
        }
        throw wrong(path + name, "one of " + List.of(constants), node.path(name));
    }

    private static List<String> texts(JsonNode node, String name, String path) {
        List<String> texts = new ArrayList<>();
        for (JsonNode each : list(node, name, path)) {
            if (!each.isString()) {
                throw wrong(path, "texts in " + name, each);
            }
            texts.add(each.asString());
        }
        return texts;
    }

    private static List<JsonNode> list(JsonNode node, String name, String path) {
        JsonNode list = node.path(name);
        if (list.isMissingNode() || list.isNull()) {
            return List.of();
        }
        if (!list.isArray()) {
            throw wrong(path, "a list of " + name, list);
        }
        List<JsonNode> all = new ArrayList<>();
        list.forEach(all::add);
        return all;
    }

    private static BerthException wrong(String path, String expected, JsonNode found) {
        String text = found.isMissingNode() ? "nothing" : found.toString();
        return new BerthException(
                ErrorCode.INVALID,
                "seccomp profile" + (path.isEmpty() ? "" : ", " + path) + ": expected " + expected + ", found "
                        + (text.length() > 60 ? text.substring(0, 60) + "..." : text));
    }
}
