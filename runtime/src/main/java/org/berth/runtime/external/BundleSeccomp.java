package org.berth.runtime.external;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.berth.linux.seccomp.SeccompProfile;
import org.berth.linux.seccomp.Verdict;

/** The standard profile in config.json's words: calls by name, what is not listed gives EPERM. */
final class BundleSeccomp {
    /** Calls by name; the first number is that of x86-64. */
    private static final String CALLS = "/org/berth/linux/seccomp/calls";

    private static final int EPERM = 1;
    private static final long LOW_WORD = 0xffffffffL;

    private BundleSeccomp() {}

    static Map<String, Object> of(Set<String> capabilities) {
        SeccompProfile profile = SeccompProfile.standard(capabilities);
        Map<Integer, String> names = names();
        List<Object> rules = new ArrayList<>();
        List<String> allowed = new ArrayList<>();
        Map<Integer, List<String>> refused = new TreeMap<>();
        profile.verdicts().forEach((number, verdict) -> {
            String name = names.get(number);
            if (name != null) {
                switch (verdict) {
                    case Verdict.Allow() -> allowed.add(name);
                    case Verdict.Refuse(int errno) ->
                        refused.computeIfAbsent(errno, key -> new ArrayList<>()).add(name);
                    case Verdict.ByArgument rule -> rules.addAll(byArgument(name, rule));
                }
            }
        });
        rules.add(Map.of("names", allowed, "action", "SCMP_ACT_ALLOW"));
        refused.remove(EPERM); // the default
        refused.forEach(
                (errno, calls) -> rules.add(Map.of("names", calls, "action", "SCMP_ACT_ERRNO", "errnoRet", errno)));
        Map<String, Object> seccomp = new LinkedHashMap<>();
        seccomp.put("defaultAction", "SCMP_ACT_ERRNO");
        seccomp.put("defaultErrnoRet", EPERM);
        seccomp.put("architectures", List.of("SCMP_ARCH_X86_64"));
        seccomp.put("syscalls", rules);
        return seccomp;
    }

    /** Rules that allow a call when its argument is right: what none allows is refused by the default. */
    private static List<Object> byArgument(String name, Verdict.ByArgument rule) {
        boolean whole = rule.mask() == -1;
        if (rule.matching() instanceof Verdict.Allow) {
            return rule.values().stream()
                    .sorted()
                    .map(value -> whole
                            ? comparison(rule, "SCMP_CMP_EQ", value)
                            : comparison(rule, "SCMP_CMP_MASKED_EQ", rule.mask(), value))
                    .map(comparison -> allow(name, comparison))
                    .toList();
        }
        if (whole && rule.values().size() == 1) {
            int value = rule.values().iterator().next();
            return List.of(allow(name, comparison(rule, "SCMP_CMP_NE", value)));
        }
        return List.of(); // has no words there: refused
    }

    private static Object allow(String name, Object comparison) {
        return Map.of("names", List.of(name), "action", "SCMP_ACT_ALLOW", "args", List.of(comparison));
    }

    private static Object comparison(Verdict.ByArgument rule, String operator, int... values) {
        Map<String, Object> comparison = new LinkedHashMap<>();
        comparison.put("index", rule.argument());
        comparison.put("op", operator);
        comparison.put("value", values[0] & LOW_WORD);
        if (values.length > 1) {
            comparison.put("valueTwo", values[1] & LOW_WORD);
        }
        return comparison;
    }

    private static Map<Integer, String> names() {
        try (InputStream file = BundleSeccomp.class.getResourceAsStream(CALLS)) {
            if (file == null) {
                throw new IllegalStateException("no table of calls");
            }
            Map<Integer, String> names = new TreeMap<>();
            Stream<String> lines = new String(file.readAllBytes(), StandardCharsets.US_ASCII).lines();
            lines.filter(line -> !line.startsWith("#"))
                    .map(line -> line.split(" ", -1))
                    .forEach(fields -> {
                        if (!fields[1].equals("-")) {
                            names.put(Integer.valueOf(fields[1]), fields[0]);
                        }
                    });
            return names;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
