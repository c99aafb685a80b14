package org.berth.linux.seccomp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.seccomp.Condition.Comparison;
import org.berth.linux.seccomp.FilterRules.Rule;
import org.junit.jupiter.api.Test;

/** Compiled filters are run as the kernel does and must say what the rules mean, taken plainly. */
class FilterRulesTest {
    private static final long SEED = 20_261_123;
    private static final int X86_64 = 0xc000003e;
    private static final int I386 = 0x40000003;
    private static final int X32_BIT = 0x40000000;
    private static final Action ALLOW = new Action.Allow();
    private static final Action PERMISSION = new Action.Refuse(1);
    private static final int ENOSYS = 0x00050026;
    private static final List<Action> ACTIONS = List.of(
            ALLOW,
            PERMISSION,
            new Action.Refuse(0),
            new Action.Log(),
            new Action.Trace(7),
            new Action.Trap(),
            new Action.KillThread(),
            new Action.KillProcess(),
            new Action.Notify());
    private static final long[] INTERESTING = {
        0,
        1,
        2,
        40,
        0x7fffffffL,
        0x80000000L,
        0xffffffffL,
        0x100000000L,
        0x100000001L,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        -1
    };

    @Test
    void programsOfRandomRulesSayWhatTheRulesSay() {
        Random random = new Random(SEED);
        for (int round = 0; round < 60; round++) {
            FilterRules rules = rules(random, round);
            FilterInterpreter filter = filter(rules);
            Map<Architecture, DecisionTable> tables = SystemCallFilters.tables(rules);
            for (int call = 0; call < 1500; call++) {
                int number = random.nextInt(500);
                long[] arguments = random.longs(6).toArray();
                for (int i = 0; i < 6; i++) {
                    if (random.nextInt(4) != 0) {
                        arguments[i] = INTERESTING[random.nextInt(INTERESTING.length)];
                    }
                }
                String words = "seed " + SEED + ", round " + round + ", call " + number;
                assertThat(filter.run(X86_64, number, arguments))
                        .as(words)
                        .isEqualTo(table(tables, Architecture.X86_64)
                                .of(number)
                                .of(arguments)
                                .value());
                assertThat(filter.run(I386, number, arguments))
                        .as(words + " of i386")
                        .isEqualTo(
                                tables.containsKey(Architecture.X86)
                                        ? table(tables, Architecture.X86)
                                                .of(number)
                                                .narrow()
                                                .of(Decision.low(arguments))
                                                .value()
                                        : 0x80000000);
                assertThat(filter.run(X86_64, number | X32_BIT, arguments))
                        .as(words + " of x32")
                        .isEqualTo(
                                tables.containsKey(Architecture.X32)
                                        ? table(tables, Architecture.X32)
                                                .of(number)
                                                .of(arguments)
                                                .value()
                                        : ENOSYS);
            }
        }
    }

    /** The tables the property above believes in, against the rules themselves. */
    @Test
    void tablesOfRandomRulesSayWhatTheRulesSay() {
        Random random = new Random(SEED + 1);
        for (int round = 0; round < 60; round++) {
            FilterRules rules = rules(random, round);
            DecisionTable table = table(SystemCallFilters.tables(rules), Architecture.X86_64);
            for (int call = 0; call < 500; call++) {
                int number = random.nextInt(470);
                long[] arguments = new long[6];
                for (int i = 0; i < 6; i++) {
                    arguments[i] = INTERESTING[random.nextInt(INTERESTING.length)];
                }
                assertThat(table.of(number).of(arguments))
                        .as("seed %d, round %d, call %d, rules %s", SEED + 1, round, number, rules)
                        .isEqualTo(naive(rules, number, arguments));
            }
        }
    }

    private static Action naive(FilterRules rules, int number, long[] arguments) {
        int newest = -1;
        List<Rule> own = new ArrayList<>();
        for (Rule rule : rules.rules()) {
            for (String name : rule.names()) {
                int each =
                        SystemCallTable.get().number(Architecture.X86_64, name).orElse(-1);
                newest = Math.max(newest, each);
                if (each == number && !rule.action().equals(rules.otherwise())) {
                    own.add(rule);
                }
            }
        }
        for (Rule rule : own) {
            if (rule.conditions().isEmpty()) {
                return rule.action();
            }
        }
        for (Rule rule : own) {
            boolean twice = rule.conditions().stream()
                            .map(Condition::argument)
                            .distinct()
                            .count()
                    < rule.conditions().size();
            boolean holds = twice
                    ? rule.conditions().stream().anyMatch(each -> each.holds(arguments[each.argument()]))
                    : rule.conditions().stream().allMatch(each -> each.holds(arguments[each.argument()]));
            if (holds) {
                return rule.action();
            }
        }
        boolean refuses = !(rules.otherwise() instanceof Action.Allow
                || rules.otherwise() instanceof Action.Log
                || rules.otherwise() instanceof Action.Trace);
        return number > newest && refuses ? new Action.Refuse(38) : rules.otherwise();
    }

    private static FilterRules rules(Random random, int round) {
        List<Rule> rules = new ArrayList<>();
        int count = random.nextInt(round % 10 == 9 ? 60 : 30);
        for (int i = 0; i < count; i++) {
            List<String> names = new ArrayList<>();
            for (int n = random.nextInt(8); n >= 0; n--) {
                names.add(name(random));
            }
            List<Condition> conditions = new ArrayList<>();
            for (int n = random.nextInt(4) - 1; n >= 0; n--) {
                conditions.add(new Condition(
                        random.nextInt(6),
                        Comparison.values()[random.nextInt(Comparison.values().length)],
                        INTERESTING[random.nextInt(INTERESTING.length)],
                        INTERESTING[random.nextInt(INTERESTING.length)]));
            }
            rules.add(new Rule(names, ACTIONS.get(random.nextInt(ACTIONS.size() - 1)), conditions));
        }
        Set<Architecture> architectures = EnumSet.noneOf(Architecture.class);
        for (Architecture each : Architecture.values()) {
            if (random.nextBoolean()) {
                architectures.add(each);
            }
        }
        return new FilterRules(ACTIONS.get(random.nextInt(ACTIONS.size() - 1)), architectures, Set.of(), rules);
    }

    private static String name(Random random) {
        if (random.nextInt(10) == 0) {
            return "no_such_call";
        }
        int number = random.nextInt(470);
        return SystemCallTable.get()
                .name(Architecture.X86_64, number)
                .filter(_ -> random.nextInt(10) != 0)
                .orElse(Integer.toString(number));
    }

    @Test
    void callsNewerThanTheRulesAreNotThere() {
        FilterInterpreter old = filter(deny(rule(ALLOW, "read", "set_mempolicy_home_node"), rule(PERMISSION, "chmod")));
        assertThat(old.run(X86_64, SystemCallNumber.CHMOD)).isEqualTo(0x00050001);
        assertThat(old.run(X86_64, SystemCallNumber.CACHESTAT)).isEqualTo(ENOSYS);
        assertThat(old.run(X86_64, SystemCallNumber.FCHMODAT2)).isEqualTo(ENOSYS);
        assertThat(old.run(X86_64, 999)).isEqualTo(ENOSYS);
        FilterInterpreter newer = filter(deny(rule(ALLOW, "read", "mseal")));
        assertThat(newer.run(X86_64, SystemCallNumber.FCHMODAT2)).isEqualTo(0x00050001);
        assertThat(newer.run(X86_64, 463)).isEqualTo(ENOSYS);
        FilterInterpreter numbered = filter(deny(rule(ALLOW, "700")));
        assertThat(numbered.run(X86_64, 700)).isEqualTo(0x7fff0000);
        assertThat(numbered.run(X86_64, 699)).isEqualTo(0x00050001);
        FilterInterpreter allowing =
                filter(new FilterRules(ALLOW, Set.of(), Set.of(), List.of(rule(PERMISSION, "chmod"))));
        assertThat(allowing.run(X86_64, 999)).isEqualTo(0x7fff0000);
    }

    @Test
    void ruleWithoutConditionsOutweighsTheOthersInEitherOrder() {
        Rule conditional =
                new Rule(List.of("socket"), new Action.Trap(), List.of(new Condition(0, Comparison.EQUAL, 40, 0)));
        Rule unconditional = rule(ALLOW, "socket");
        for (List<Rule> order : List.of(List.of(conditional, unconditional), List.of(unconditional, conditional))) {
            FilterInterpreter filter = filter(new FilterRules(PERMISSION, Set.of(), Set.of(), order));
            assertThat(filter.run(X86_64, SystemCallNumber.SOCKET, 40, 0, 0, 0, 0, 0))
                    .isEqualTo(0x7fff0000);
        }
        // a rule that only repeats the default does not count
        FilterInterpreter repeated = filter(
                new FilterRules(PERMISSION, Set.of(), Set.of(), List.of(rule(PERMISSION, "socket"), conditional)));
        assertThat(repeated.run(X86_64, SystemCallNumber.SOCKET, 40, 0, 0, 0, 0, 0))
                .isEqualTo(0x00030000);
    }

    @Test
    void socketsOf32BitProgramsAreFilteredWithinSocketcall() {
        Set<Architecture> both = Set.of(Architecture.X86);
        FilterInterpreter filter =
                filter(new FilterRules(ALLOW, both, Set.of(), List.of(rule(PERMISSION, "socket", "semop"))));
        assertThat(filter.run(I386, 359, 2, 0, 0, 0, 0, 0)).isEqualTo(0x00050001);
        assertThat(filter.run(I386, 102, 1, 0, 0, 0, 0, 0)).isEqualTo(0x00050001);
        assertThat(filter.run(I386, 102, 2, 0, 0, 0, 0, 0)).isEqualTo(0x7fff0000);
        assertThat(filter.run(I386, 117, 1, 0, 0, 0, 0, 0)).isEqualTo(0x00050001);
    }

    @Test
    void flagsAndListeners() {
        FilterRules notify = new FilterRules(
                ALLOW,
                Set.of(),
                Set.of(FilterFlag.TSYNC, FilterFlag.WAIT_KILLABLE_RECV),
                List.of(rule(new Action.Notify(), "mkdir"), rule(PERMISSION, "made_up")));
        CompiledFilter filter = SystemCallFilters.compile(notify);
        assertThat(filter.notifies()).isTrue();
        assertThat(filter.flags()).isEqualTo(1 | 16 | 32);
        assertThat(filter.unknown()).containsExactly("made_up");
        assertThat(SystemCallFilters.compile(new FilterRules(
                                ALLOW, Set.of(), Set.of(FilterFlag.LOG, FilterFlag.SPEC_ALLOW), List.of()))
                        .flags())
                .isEqualTo(6);
        assertThatThrownBy(() ->
                        SystemCallFilters.compile(new FilterRules(new Action.Notify(), Set.of(), Set.of(), List.of())))
                .isInstanceOf(BerthException.class)
                .hasMessageContaining("default action");
        assertThatThrownBy(() -> SystemCallFilters.compile(
                        new FilterRules(ALLOW, Set.of(), Set.of(), List.of(rule(new Action.Notify(), "write")))))
                .hasMessageContaining("write");
    }

    @Test
    void filterIsCompiledOnceWhileItIsUsed() {
        SystemCallFilters filters = new SystemCallFilters();
        CompiledFilter first = filters.of(deny(rule(ALLOW, "read")));
        assertThat(filters.of(deny(rule(ALLOW, "read")))).isSameAs(first);
        for (int number = 0; number < 100; number++) {
            filters.of(deny(rule(ALLOW, Integer.toString(number))));
        }
        assertThat(filters.of(deny(rule(ALLOW, "read")))).isNotSameAs(first).isEqualTo(first);
    }

    @Test
    void filterBeyondTheKernelsBoundIsRefused() {
        List<Rule> many = new ArrayList<>();
        for (int number = 0; number < 400; number++) {
            for (int value = 0; value < 8; value++) {
                many.add(new Rule(
                        List.of(Integer.toString(number)),
                        ALLOW,
                        List.of(new Condition(0, Comparison.EQUAL, number * 8L + value, 0))));
            }
        }
        assertThatThrownBy(() -> SystemCallFilters.compile(new FilterRules(PERMISSION, Set.of(), Set.of(), many)))
                .hasMessageContaining("instructions; the kernel takes 4096");
    }

    private static DecisionTable table(Map<Architecture, DecisionTable> tables, Architecture architecture) {
        return Objects.requireNonNull(tables.get(architecture));
    }

    private static FilterRules deny(Rule... rules) {
        return new FilterRules(PERMISSION, Set.of(), Set.of(), List.of(rules));
    }

    private static Rule rule(Action action, String... names) {
        return new Rule(List.of(names), action, List.of());
    }

    private static FilterInterpreter filter(FilterRules rules) {
        return new FilterInterpreter(SystemCallFilters.compile(rules).bytes());
    }
}
