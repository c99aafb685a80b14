package org.berth.linux.seccomp;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Errno;
import org.berth.linux.seccomp.FilterRules.Rule;

/** Turns rules into filters, each only once while it is among those last used. Safe for concurrent use. */
public final class SystemCallFilters {
    private static final int KEPT_MAX = 64;
    private static final int TSYNC_ESRCH = 16;

    /** Calls that i386's socketcall(2) and ipc(2) hold, by their sub-numbers (linux/net.h, linux/ipc.h). */
    private static final Map<String, Integer> SOCKET_CALLS = Map.ofEntries(
            Map.entry("socket", 1),
            Map.entry("bind", 2),
            Map.entry("connect", 3),
            Map.entry("listen", 4),
            Map.entry("accept", 5),
            Map.entry("getsockname", 6),
            Map.entry("getpeername", 7),
            Map.entry("socketpair", 8),
            Map.entry("send", 9),
            Map.entry("recv", 10),
            Map.entry("sendto", 11),
            Map.entry("recvfrom", 12),
            Map.entry("shutdown", 13),
            Map.entry("setsockopt", 14),
            Map.entry("getsockopt", 15),
            Map.entry("sendmsg", 16),
            Map.entry("recvmsg", 17),
            Map.entry("accept4", 18),
            Map.entry("recvmmsg", 19),
            Map.entry("sendmmsg", 20));

    private static final Map<String, Integer> IPC_CALLS = Map.ofEntries(
            Map.entry("semop", 1),
            Map.entry("semget", 2),
            Map.entry("semctl", 3),
            Map.entry("semtimedop", 4),
            Map.entry("msgsnd", 11),
            Map.entry("msgrcv", 12),
            Map.entry("msgget", 13),
            Map.entry("msgctl", 14),
            Map.entry("shmat", 21),
            Map.entry("shmdt", 22),
            Map.entry("shmget", 23),
            Map.entry("shmctl", 24));

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<FilterRules, CompiledFilter> kept = new LinkedHashMap<>(KEPT_MAX, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<FilterRules, CompiledFilter> eldest) {
            return size() > KEPT_MAX;
        }
    };

    /** The filter of these rules. @throws BerthException INVALID as {@link #compile} */
    public CompiledFilter of(FilterRules rules) {
        lock.lock();
        try {
            CompiledFilter found = kept.get(rules);
            if (found == null) {
                found = compile(rules);
                kept.put(rules, found);
            }
            return found;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Compiles rules.
     *
     * @throws BerthException INVALID for rules that no process could live with: a listener for {@code write} or
     *     for every call, or more than the kernel takes
     */
    public static CompiledFilter compile(FilterRules rules) {
        boolean notifies = checkListener(rules);
        int flags = 0;
        for (FilterFlag flag : rules.flags()) {
            flags |= flag.bit();
        }
        if (notifies && rules.flags().contains(FilterFlag.TSYNC)) {
            flags |= TSYNC_ESRCH; // else the kernel can't tell a listener from a thread that failed
        }
        if (!notifies) {
            flags &= ~FilterFlag.WAIT_KILLABLE_RECV.bit(); // the kernel takes it with a listener only
        }
        return new CompiledFilter(
                ByteBuffer.wrap(FilterCompiler.compile(tables(rules))), flags, notifies, unknown(rules));
    }

    /** What the rules decide, for each architecture whose calls may be made. */
    public static Map<Architecture, DecisionTable> tables(FilterRules rules) {
        Map<Architecture, DecisionTable> tables = new EnumMap<>(Architecture.class);
        Set<Architecture> architectures = new HashSet<>(rules.architectures());
        architectures.add(Architecture.X86_64);
        for (Architecture architecture : architectures) {
            tables.put(architecture, table(rules, architecture));
        }
        return tables;
    }

    private static boolean checkListener(FilterRules rules) {
        if (rules.otherwise() instanceof Action.Notify) {
            throw new BerthException(
                    ErrorCode.INVALID, "SCMP_ACT_NOTIFY can't be the default action: the process could not even begin");
        }
        boolean notifies = false;
        for (Rule rule : rules.rules()) {
            if (rule.action() instanceof Action.Notify) {
                notifies = true;
                if (rule.names().contains("write")) {
                    throw new BerthException(
                            ErrorCode.INVALID,
                            "SCMP_ACT_NOTIFY can't be the action for write: the listener is handed over by it");
                }
            }
        }
        return notifies;
    }

    private static List<String> unknown(FilterRules rules) {
        return rules.rules().stream()
                .flatMap(rule -> rule.names().stream())
                .filter(name -> !SystemCallTable.get().knows(name))
                .distinct()
                .toList();
    }

    private static DecisionTable table(FilterRules rules, Architecture architecture) {
        Map<Integer, Action> always = new HashMap<>();
        Map<Integer, List<Decision.Case>> cases = new TreeMap<>();
        int newest = -1;
        for (Rule rule : rules.rules()) {
            for (String name : rule.names()) {
                OptionalInt number = SystemCallTable.get().number(architecture, name);
                if (number.isEmpty()) {
                    continue;
                }
                newest = Math.max(newest, number.getAsInt());
                if (rule.action().equals(rules.otherwise())) {
                    continue;
                }
                if (rule.conditions().isEmpty()) {
                    always.putIfAbsent(number.getAsInt(), rule.action());
                } else {
                    cases.computeIfAbsent(number.getAsInt(), _ -> new ArrayList<>())
                            .addAll(cases(rule));
                }
            }
            if (architecture == Architecture.X86 && rule.conditions().isEmpty()) {
                multiplexed(rule, rules.otherwise(), "socketcall", SOCKET_CALLS, cases);
                multiplexed(rule, rules.otherwise(), "ipc", IPC_CALLS, cases);
            }
        }
        Map<Integer, Decision> decisions = new HashMap<>();
        cases.forEach((number, some) -> decisions.put(number, new Decision(some, rules.otherwise())));
        always.forEach((number, action) -> decisions.put(number, Decision.always(action)));
        int last = decisions.keySet().stream().mapToInt(Integer::intValue).max().orElse(-1);
        return new DecisionTable(
                new TreeMap<>(decisions), rules.otherwise(), Math.max(newest, last), beyond(rules.otherwise()));
    }

    /** i386 programs reach old calls by two that hold many; their arguments lie in memory, out of a filter's sight. */
    private static void multiplexed(
            Rule rule,
            Action otherwise,
            String call,
            Map<String, Integer> subNumbers,
            Map<Integer, List<Decision.Case>> cases) {
        if (rule.action().equals(otherwise)) {
            return;
        }
        int number = SystemCallTable.get().number(Architecture.X86, call).orElseThrow();
        for (String name : rule.names()) {
            Integer sub = subNumbers.get(name);
            if (sub != null) {
                Condition condition = new Condition(0, Condition.Comparison.EQUAL, sub, 0);
                cases.computeIfAbsent(number, _ -> new ArrayList<>())
                        .add(new Decision.Case(List.of(condition), rule.action()));
            }
        }
    }

    /** Several conditions on one argument each stand for themselves, as in runc. */
    private static List<Decision.Case> cases(Rule rule) {
        long arguments =
                rule.conditions().stream().map(Condition::argument).distinct().count();
        if (arguments == rule.conditions().size()) {
            return List.of(new Decision.Case(rule.conditions(), rule.action()));
        }
        return rule.conditions().stream()
                .map(condition -> new Decision.Case(List.of(condition), rule.action()))
                .toList();
    }

    /** What refuses says of calls newer than the rules that they are not there; what allows allows them too. */
    private static Action beyond(Action otherwise) {
        return switch (otherwise) {
            case Action.Refuse _, Action.Trap _, Action.KillThread _, Action.KillProcess _ ->
                new Action.Refuse(Errno.ENOSYS);
            case Action.Allow _, Action.Log _, Action.Notify _, Action.Trace _ -> otherwise;
        };
    }
}
