package org.berth.runtime.external;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.berth.linux.seccomp.Action;
import org.berth.linux.seccomp.Architecture;
import org.berth.linux.seccomp.Condition;
import org.berth.linux.seccomp.Decision;
import org.berth.linux.seccomp.StandardFilter;
import org.berth.linux.seccomp.SystemCallTable;

/** The standard filter in config.json's words: calls by name, what no rule allows gives EPERM. */
final class BundleSeccomp {
    private static final int EPERM = 1;
    private static final long LOW_WORD = 0xffffffffL;

    /** Of a call that is allowed but for some values of its first argument, values up to here are allowed one by one. */
    private static final int SMALL_VALUES = 64;

    private BundleSeccomp() {}

    static Map<String, Object> of(Set<String> capabilities) {
        SystemCallTable table = SystemCallTable.get();
        List<Object> rules = new ArrayList<>();
        List<String> allowed = new ArrayList<>();
        Map<Integer, List<String>> refused = new TreeMap<>();
        StandardFilter.table(capabilities).decisions().forEach((number, decision) -> {
            String name = table.name(Architecture.X86_64, number).orElse("");
            if (name.isEmpty()) {
                return;
            }
            if (!decision.cases().isEmpty()) {
                rules.addAll(byArguments(name, decision));
            } else if (decision.otherwise() instanceof Action.Allow) {
                allowed.add(name);
            } else if (decision.otherwise() instanceof Action.Refuse(int errno) && errno != EPERM) {
                refused.computeIfAbsent(errno, key -> new ArrayList<>()).add(name);
            }
        });
        rules.add(Map.of("names", allowed, "action", "SCMP_ACT_ALLOW"));
        refused.forEach(
                (errno, calls) -> rules.add(Map.of("names", calls, "action", "SCMP_ACT_ERRNO", "errnoRet", errno)));
        Map<String, Object> seccomp = new LinkedHashMap<>();
        seccomp.put("defaultAction", "SCMP_ACT_ERRNO");
        seccomp.put("defaultErrnoRet", EPERM);
        seccomp.put("architectures", List.of("SCMP_ARCH_X86_64"));
        seccomp.put("syscalls", rules);
        return seccomp;
    }

    /**
     * Rules that allow a call when its arguments are right. Where only some values are refused, each small one
     * that is not is allowed, by its low 32 bits: libseccomp takes no two conditions of one argument, and a range
     * would let values through that the kernel cuts to a refused one.
     */
    private static List<Object> byArguments(String name, Decision decision) {
        List<Object> rules = new ArrayList<>();
        if (decision.otherwise() instanceof Action.Allow) {
            for (long value = 0; value < SMALL_VALUES; value++) {
                if (decision.of(value, 0, 0, 0, 0, 0) instanceof Action.Allow) {
                    rules.add(allow(name, List.of(comparison(0, LOW_WORD, value))));
                }
            }
            return rules;
        }
        for (Decision.Case each : decision.cases()) {
            boolean writable = each.action() instanceof Action.Allow
                    && each.conditions().stream()
                            .allMatch(condition -> condition.comparison() == Condition.Comparison.MASKED_EQUAL);
            if (writable) {
                rules.add(allow(
                        name,
                        each.conditions().stream()
                                .map(condition ->
                                        comparison(condition.argument(), condition.value(), condition.second()))
                                .toList()));
            }
        }
        return rules;
    }

    private static Object allow(String name, List<Object> comparisons) {
        return Map.of("names", List.of(name), "action", "SCMP_ACT_ALLOW", "args", comparisons);
    }

    private static Object comparison(int argument, long mask, long value) {
        return Map.of("index", argument, "op", "SCMP_CMP_MASKED_EQ", "value", mask, "valueTwo", value);
    }
}
