package org.berth.runtime.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.berth.linux.Errno;
import org.berth.linux.seccomp.Action;
import org.berth.linux.seccomp.Architecture;
import org.berth.linux.seccomp.Condition;
import org.berth.linux.seccomp.Decision;
import org.berth.linux.seccomp.DecisionTable;
import org.berth.linux.seccomp.SystemCallTable;

/** What a filter of system calls allows, refuses and makes conditions of, in words. */
public final class FilterWords {
    private static final int WIDTH = 100;

    private FilterWords() {}

    /** All its tables. */
    public static List<String> of(Map<Architecture, DecisionTable> tables) {
        List<String> lines = new ArrayList<>();
        new TreeMap<>(tables)
                .forEach((architecture, table) -> lines.addAll(
                        of(architecture.name().toLowerCase(Locale.ROOT).replace('_', '-'), architecture, table)));
        return lines;
    }

    /** One table. @param name what the calls are called */
    public static List<String> of(String name, Architecture architecture, DecisionTable table) {
        List<String> lines = new ArrayList<>();
        lines.add(name + " calls");
        Map<String, List<String>> plain = new TreeMap<>();
        List<String> conditional = new ArrayList<>();
        table.decisions().forEach((number, decision) -> {
            String call = SystemCallTable.get().name(architecture, number).orElse(Integer.toString(number));
            if (decision.cases().isEmpty()) {
                plain.computeIfAbsent(words(decision.otherwise()), _ -> new ArrayList<>())
                        .add(call);
            } else {
                conditional.add(call + ": " + words(decision));
            }
        });
        plain.forEach((action, calls) -> {
            lines.add(action + ":");
            lines.addAll(wrapped(calls.stream().sorted().toList()));
        });
        if (!conditional.isEmpty()) {
            lines.add("by their arguments:");
            conditional.forEach(line -> lines.add("  " + line));
        }
        lines.add("any other up to number " + table.newest() + ": " + words(table.otherwise()));
        lines.add("any above: " + words(table.beyond()));
        return lines;
    }

    private static String words(Decision decision) {
        return decision.cases().stream()
                        .map(each -> words(each.action()) + " when "
                                + each.conditions().stream()
                                        .map(FilterWords::words)
                                        .collect(Collectors.joining(" and ")))
                        .collect(Collectors.joining("; "))
                + "; else " + words(decision.otherwise());
    }

    private static String words(Condition condition) {
        String argument = "argument " + condition.argument();
        String value = number(condition.value());
        return switch (condition.comparison()) {
            case EQUAL -> argument + " is " + value;
            case NOT_EQUAL -> argument + " is not " + value;
            case LESS -> argument + " is less than " + value;
            case LESS_OR_EQUAL -> argument + " is at most " + value;
            case GREATER -> argument + " is more than " + value;
            case GREATER_OR_EQUAL -> argument + " is at least " + value;
            case MASKED_EQUAL ->
                condition.value() == 0xffff_ffffL
                        ? argument + " is " + number(condition.second())
                        : argument + " of the bits " + value + " has " + number(condition.second());
        };
    }

    private static String number(long number) {
        return number >= 0 && number < 1000 ? Long.toString(number) : "0x" + Long.toHexString(number);
    }

    private static String words(Action action) {
        return switch (action) {
            case Action.Allow _ -> "allowed";
            case Action.Log _ -> "allowed and logged";
            case Action.Refuse(int errno) -> errno == 0 ? "not made" : "refused (" + Errno.message(errno) + ")";
            case Action.Notify _ -> "a listener decides";
            case Action.Trace _ -> "a tracer decides";
            case Action.Trap _ -> "signal SIGSYS";
            case Action.KillThread _ -> "ends the thread";
            case Action.KillProcess _ -> "ends the process";
        };
    }

    private static List<String> wrapped(List<String> words) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : words) {
            if (line.length() + word.length() > WIDTH) {
                lines.add("  " + line.toString().strip());
                line.setLength(0);
            }
            line.append(word).append(' ');
        }
        lines.add("  " + line.toString().strip());
        return lines;
    }
}
