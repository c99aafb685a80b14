package org.berth.linux.seccomp;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.berth.linux.Errno;

/**
 * The filter of a container that asks for none: docker's allow-list, read from the resource
 * {@code standard}, whose head says how it is written. A call that is known and not on the list gives
 * EPERM; a number that is not known gives ENOSYS, so that a C library newer than the list falls back. x86-64 calls
 * only: i386 ones end the process.
 */
public final class StandardFilter {
    private static final Map<String, Integer> ERRORS = Map.of("EPERM", Errno.EPERM, "ENOSYS", Errno.ENOSYS);
    private static final Condition.Comparison MASKED = Condition.Comparison.MASKED_EQUAL;

    private final Map<Integer, Decision> decisions = new HashMap<>();
    private final Set<String> capabilities;
    private Action otherwise = new Action.KillProcess();
    private Action known = new Action.KillProcess();

    private StandardFilter(Set<String> capabilities) {
        this.capabilities = capabilities;
    }

    /**
     * The filter.
     *
     * @param capabilities what the process may do, without the prefix: {@code SYS_ADMIN}; some allow
     *     the calls that are of no use without them
     */
    public static CompiledFilter of(Set<String> capabilities) {
        byte[] program = FilterCompiler.compile(Map.of(Architecture.X86_64, table(capabilities)));
        return new CompiledFilter(ByteBuffer.wrap(program), 0, false, List.of());
    }

    /** The same, but every call that it allows is told to a listener first. */
    public static CompiledFilter told(Set<String> capabilities) {
        DecisionTable table = table(capabilities);
        Map<Integer, Decision> told = new HashMap<>();
        table.decisions().forEach((number, decision) -> told.put(number, told(decision)));
        DecisionTable all = new DecisionTable(new TreeMap<>(told), table.otherwise(), table.newest(), table.beyond());
        byte[] program = FilterCompiler.compile(Map.of(Architecture.X86_64, all));
        return new CompiledFilter(ByteBuffer.wrap(program), 0, true, List.of());
    }

    private static Decision told(Decision decision) {
        return new Decision(
                decision.cases().stream()
                        .map(each -> new Decision.Case(each.conditions(), told(each.action())))
                        .toList(),
                told(decision.otherwise()));
    }

    private static Action told(Action action) {
        return action instanceof Action.Allow ? new Action.Notify() : action;
    }

    /** What it decides. */
    public static DecisionTable table(Set<String> capabilities) {
        StandardFilter reader = new StandardFilter(capabilities);
        List<String> lines = SystemCallTable.resource("standard")
                .lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .toList();
        lines.stream().filter(line -> !line.startsWith("with ")).forEach(reader::read);
        lines.stream().filter(line -> line.startsWith("with ")).forEach(reader::read);
        return reader.table();
    }

    private DecisionTable table() {
        TreeMap<Integer, Decision> all = new TreeMap<>(decisions);
        SystemCallTable.get()
                .numbers(Architecture.X86_64)
                .forEach(number -> all.putIfAbsent(number, Decision.always(known)));
        return new DecisionTable(all, otherwise, all.lastKey(), otherwise);
    }

    private void read(String line) {
        List<String> words = Arrays.asList(line.split(" +", -1));
        switch (words.getFirst()) {
            case "otherwise" -> otherwise = action(words.subList(1, words.size()));
            case "known" -> known = action(words.subList(1, words.size()));
            case "with" -> {
                if (capabilities.contains(words.get(1).replace(":", ""))) {
                    decide(words.subList(2, words.size()), Decision.always(new Action.Allow()));
                }
            }
            default -> rule(words);
        }
    }

    private void rule(List<String> words) {
        Action action = action(words);
        List<String> rest = words.subList(words.getFirst().equals("refuse") ? 2 : 1, words.size());
        int when = rest.indexOf("when");
        if (when < 0) {
            decide(rest, Decision.always(action));
            return;
        }
        int last = rest.indexOf("else");
        Action without = last < 0 ? known : action(rest.subList(last + 1, rest.size()));
        int argument = Integer.parseInt(rest.get(when + 1));
        long mask = Long.decode(rest.get(when + 2));
        List<Decision.Case> cases = rest.subList(when + 3, last < 0 ? rest.size() : last).stream()
                .map(value -> new Condition(argument, MASKED, mask, Long.decode(value)))
                .map(condition -> new Decision.Case(List.of(condition), action))
                .toList();
        decide(rest.subList(0, when), new Decision(cases, without));
    }

    private void decide(List<String> names, Decision decision) {
        for (String name : names) {
            decisions.put(
                    SystemCallTable.get().number(Architecture.X86_64, name).orElseThrow(), decision);
        }
    }

    private static Action action(List<String> words) {
        return switch (words.getFirst()) {
            case "allow" -> new Action.Allow();
            case "refuse" -> new Action.Refuse(ERRORS.getOrDefault(words.get(1), -1));
            default -> throw new IllegalStateException("the standard filter has the action " + words.getFirst());
        };
    }
}
