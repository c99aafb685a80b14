package org.berth.linux.launch;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.berth.linux.Errno;
import org.berth.linux.launch.Outcome.Jump;

/** Shows a program to people, one line a step, and compares well in golden files. */
public final class LaunchPrinter {
    private final LaunchProgram program;
    private final List<String> data;
    private final List<String> marks;

    private LaunchPrinter(LaunchProgram program) {
        this.program = program;
        this.data = numbered(program.data().stream().map(Datum::name).toList());
        this.marks = numbered(
                program.marks().stream().map(placed -> placed.mark().name()).toList());
    }

    /** The second of a name gets a 2, and so on. */
    private static List<String> numbered(List<String> names) {
        Map<String, Integer> seen = new HashMap<>();
        List<String> numbered = new ArrayList<>();
        for (String name : names) {
            int count = seen.merge(name, 1, Integer::sum);
            numbered.add(count == 1 ? name : name + " " + count);
        }
        return numbered;
    }

    /**
     * One line a step: its label, then the call as C would write it; marks on lines of their own.
     *
     * <p>"mount proc on /proc: move_mount(proc, "", target, "", 0x44)"
     */
    public static List<String> print(LaunchProgram program) {
        return new LaunchPrinter(program).steps();
    }

    private List<String> steps() {
        Map<Integer, List<String>> marked = new HashMap<>();
        program.marks()
                .forEach(placed -> marked.computeIfAbsent(placed.index(), key -> new ArrayList<>())
                        .add(marks.get(placed.mark().number()) + ":"));
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < program.steps().size(); i++) {
            lines.addAll(marked.getOrDefault(i, List.of()));
            lines.add("  " + line(program.steps().get(i)));
        }
        lines.addAll(marked.getOrDefault(program.steps().size(), List.of()));
        return lines;
    }

    /** The structures that the steps point to, one a line; texts and empty space left out. */
    public static List<String> printData(LaunchProgram program) {
        LaunchPrinter printer = new LaunchPrinter(program);
        List<String> lines = new ArrayList<>();
        for (Datum datum : program.data()) {
            if (!datum.isEmptySpace() && !(datum.fields().getFirst() instanceof Datum.Text)) {
                lines.add(printer.data.get(datum.number()) + " = {"
                        + datum.fields().stream().map(printer::field).collect(Collectors.joining(", ")) + "}");
            }
        }
        return lines;
    }

    private String line(Step step) {
        String operands = step.operands().stream().map(this::operand).collect(Collectors.joining(", "));
        String call = step.call() == Call.COMPUTE ? compute(step) : step.call() + "(" + operands + ")";
        String result = step.result().map(place -> name(place) + " = ").orElse("");
        return step.label() + ": " + result + call + outcome(step.outcome());
    }

    private String compute(Step step) {
        List<Operand> operands = step.operands();
        return switch (operands.size()) {
            case 0 -> "0";
            case 1 -> operand(operands.get(0));
            case 2 -> operand(operands.get(0)) + " - " + operand(operands.get(1));
            default -> operand(operands.get(0)) + " - " + operand(operands.get(1)) + " + " + operand(operands.get(2));
        };
    }

    private String outcome(Outcome outcome) {
        StringBuilder words = new StringBuilder();
        if (outcome.tolerated() != 0 && outcome.jump() != Jump.ON_TOLERATED) {
            words.append("; unless ").append(Errno.message(outcome.tolerated()));
        }
        if (outcome.ignoreNegative()) {
            words.append("; errors are ignored");
        }
        if (outcome.failOnZero()) {
            words.append("; 0 fails");
        }
        outcome.target()
                .ifPresent(target ->
                        words.append("; ").append(when(outcome)).append(" -> ").append(marks.get(target.number())));
        return words.toString();
    }

    private static String when(Outcome outcome) {
        return switch (outcome.jump()) {
            case NEVER -> "never";
            case ON_TOLERATED -> Errno.message(outcome.tolerated());
            case ON_NEGATIVE -> "negative";
            case ON_ZERO -> "0";
            case ON_POSITIVE -> "positive";
            case ALWAYS -> "always";
        };
    }

    private String operand(Operand operand) {
        return switch (operand) {
            case Operand.Number number -> number.shown();
            case Operand.Value value -> name(value.place());
            case Operand.Address address -> address(address.place());
        };
    }

    private String address(Place place) {
        return place.datum().fields().getFirst() instanceof Datum.Text text
                ? "\"" + text.value().replace("\n", "\\n") + "\""
                : "&" + name(place);
    }

    private String field(Datum.Field field) {
        return switch (field) {
            case Datum.Text text -> "\"" + text.value() + "\"";
            case Datum.Bytes bytes -> bytes.size() + " bytes";
            case Datum.Word word -> Integer.toString(word.value());
            case Datum.LongWord word -> "0x" + Long.toHexString(word.value());
            case Datum.Pointer pointer -> address(pointer.to());
            case Datum.Space space -> space.size() + " zeros";
        };
    }

    /** "status" or "status+8". */
    private String name(Place place) {
        String name = data.get(place.datum().number());
        return place.offset() == 0 ? name : name + "+" + place.offset();
    }
}
