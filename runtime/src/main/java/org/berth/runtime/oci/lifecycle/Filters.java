package org.berth.runtime.oci.lifecycle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.seccomp.Action;
import org.berth.linux.seccomp.Architecture;
import org.berth.linux.seccomp.CompiledFilter;
import org.berth.linux.seccomp.Condition;
import org.berth.linux.seccomp.Condition.Comparison;
import org.berth.linux.seccomp.FilterFlag;
import org.berth.linux.seccomp.FilterRules;
import org.berth.linux.seccomp.SystemCallFilters;
import org.berth.linux.seccomp.SystemCallTable;
import org.berth.runtime.oci.config.OciConfig;
import org.berth.runtime.oci.config.Seccomp;
import org.berth.runtime.oci.plan.BundlePlacement;

/** config.json's filter of system calls, compiled. */
final class Filters {
    /** crun's: a name that no table has is an error, and not a call that this kernel does not have. */
    private static final String FAIL_UNKNOWN = "run.oci.seccomp_fail_unknown_syscall";

    private static final int EPERM = 1;
    private static final int NEW_LISTENER = 8;

    private Filters() {}

    static Optional<BundlePlacement.Filter> of(OciConfig config) {
        Optional<Seccomp> seccomp = config.linux().seccomp();
        if (config.annotations().containsKey(FAIL_UNKNOWN)) {
            seccomp.ifPresent(Filters::refuseUnknown);
        }
        return seccomp.map(Filters::compiled);
    }

    private static void refuseUnknown(Seccomp seccomp) {
        for (Seccomp.Rule rule : seccomp.rules()) {
            for (String name : rule.names()) {
                if (Arrays.stream(Architecture.values())
                        .allMatch(one -> SystemCallTable.get().number(one, name).isEmpty())) {
                    throw new BerthException(
                            ErrorCode.INVALID,
                            "linux.seccomp.syscalls: unknown system call \"" + name + "\", and the annotation "
                                    + FAIL_UNKNOWN + " is given");
                }
            }
        }
    }

    private static BundlePlacement.Filter compiled(Seccomp seccomp) {
        CompiledFilter filter = SystemCallFilters.compile(rules(seccomp)); // for once, nothing is kept
        // who names a listener is given one, though no rule asks for it yet
        boolean notifies = filter.notifies() || seccomp.listenerPath().isPresent();
        return new BundlePlacement.Filter(filter.bytes(), filter.flags() & ~NEW_LISTENER, notifies);
    }

    private static FilterRules rules(Seccomp seccomp) {
        Set<Architecture> architectures = EnumSet.noneOf(Architecture.class);
        seccomp.architectures().forEach(name -> Architecture.of(name).ifPresent(architectures::add));
        Set<FilterFlag> flags = EnumSet.noneOf(FilterFlag.class);
        for (FilterFlag flag : FilterFlag.values()) {
            if (seccomp.flags().stream().anyMatch(given -> given.name().equals(flag.ociName()))) {
                flags.add(flag);
            }
        }
        List<FilterRules.Rule> rules = new ArrayList<>();
        for (Seccomp.Rule rule : seccomp.rules()) {
            rules.add(new FilterRules.Rule(
                    rule.names(),
                    action(rule.action(), rule.errno()),
                    rule.arguments().stream().map(Filters::condition).toList()));
        }
        return new FilterRules(action(seccomp.defaultAction(), seccomp.defaultErrno()), architectures, flags, rules);
    }

    private static Action action(Seccomp.Action action, Optional<Integer> errno) {
        return switch (action) {
            case SCMP_ACT_KILL, SCMP_ACT_KILL_THREAD -> new Action.KillThread();
            case SCMP_ACT_KILL_PROCESS -> new Action.KillProcess();
            case SCMP_ACT_TRAP -> new Action.Trap();
            case SCMP_ACT_ERRNO -> new Action.Refuse(errno.orElse(EPERM));
            case SCMP_ACT_TRACE -> new Action.Trace(errno.orElse(EPERM));
            case SCMP_ACT_ALLOW -> new Action.Allow();
            case SCMP_ACT_LOG -> new Action.Log();
            case SCMP_ACT_NOTIFY -> new Action.Notify();
        };
    }

    private static Condition condition(Seccomp.Argument argument) {
        Comparison comparison = switch (argument.operator()) {
            case SCMP_CMP_NE -> Comparison.NOT_EQUAL;
            case SCMP_CMP_LT -> Comparison.LESS;
            case SCMP_CMP_LE -> Comparison.LESS_OR_EQUAL;
            case SCMP_CMP_EQ -> Comparison.EQUAL;
            case SCMP_CMP_GE -> Comparison.GREATER_OR_EQUAL;
            case SCMP_CMP_GT -> Comparison.GREATER;
            case SCMP_CMP_MASKED_EQ -> Comparison.MASKED_EQUAL;
        };
        return new Condition(argument.index(), comparison, argument.value(), argument.valueTwo());
    }
}
