package org.berth.builder;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.berth.builder.dockerfile.Dockerfile;
import org.berth.builder.dockerfile.Instruction;
import org.berth.builder.dockerfile.Words;
import org.berth.builder.source.PipSettings;

/**
 * Variables before the first FROM: the platforms, and ARGs. A stage sees those of them that it declares.
 *
 * @param given with the build
 * @param values by name
 * @param declared ARGs, with a value or without
 */
record BuildVariables(Map<String, String> given, Map<String, String> values, Set<String> declared) {
    /** The time that a reproducible build says it was made at: seconds from 1970. */
    static final String EPOCH = "SOURCE_DATE_EPOCH";

    static BuildVariables of(Dockerfile dockerfile, Map<String, String> given, Platform target, String targetStage) {
        Map<String, String> values = new LinkedHashMap<>();
        platform(values, "BUILD", Platform.HERE);
        platform(values, "TARGET", target);
        values.put("TARGETSTAGE", targetStage);
        values.replaceAll((name, value) -> given.getOrDefault(name, value));
        Set<String> declared = new TreeSet<>();
        for (Instruction.Argument argument : dockerfile.globals()) {
            for (Instruction.Declaration declaration : argument.declarations()) {
                String name = declaration.name();
                declared.add(name);
                if (given.containsKey(name)) {
                    values.put(name, given.getOrDefault(name, ""));
                } else if (declaration.standard().isPresent()) {
                    String text = declaration.standard().get();
                    values.put(name, Words.expand(text, values, dockerfile.escape(), argument.place()));
                }
            }
        }
        return new BuildVariables(given, values, declared);
    }

    /** What is given and no ARG takes. */
    Set<String> unused(Dockerfile dockerfile) {
        Set<String> known = new HashSet<>(declared);
        known.addAll(values.keySet());
        known.add(EPOCH);
        dockerfile.stages().stream()
                .flatMap(stage -> stage.instructions().stream())
                .filter(Instruction.Argument.class::isInstance)
                .flatMap(argument -> ((Instruction.Argument) argument).declarations().stream())
                .forEach(declaration -> known.add(declaration.name()));
        known.addAll(PipSettings.proxies(given).keySet());
        Set<String> unused = new TreeSet<>(given.keySet());
        unused.removeAll(known);
        unused.removeIf(name -> name.startsWith("BUILDKIT_"));
        return unused;
    }

    private static void platform(Map<String, String> values, String prefix, Platform platform) {
        Map<String, String> parts = new TreeMap<>(Map.of(
                "PLATFORM", platform.toString(),
                "OS", platform.system(),
                "ARCH", platform.architecture(),
                "VARIANT", platform.variant()));
        for (String part : List.of("PLATFORM", "OS", "ARCH", "VARIANT")) {
            values.put(prefix + part, parts.getOrDefault(part, ""));
        }
    }
}
