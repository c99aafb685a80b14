package org.berth.runtime.seccomp;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.berth.linux.Errno;
import org.berth.linux.seccomp.Action;
import org.berth.linux.seccomp.Architecture;
import org.berth.linux.seccomp.Condition;
import org.berth.linux.seccomp.Condition.Comparison;
import org.berth.linux.seccomp.FilterFlag;
import org.berth.linux.seccomp.FilterRules;
import org.berth.runtime.oci.config.Seccomp;

/** The rules that config.json's {@code linux.seccomp} means. */
public final class OciRules {
    private static final int ERRNO_MAX = 4095;

    private OciRules() {}

    /** Architectures that this machine has no calls of are left out: no call of theirs can be made. */
    public static FilterRules of(Seccomp seccomp) {
        Set<Architecture> architectures = EnumSet.noneOf(Architecture.class);
        seccomp.architectures().forEach(name -> Architecture.of(name).ifPresent(architectures::add));
        Set<FilterFlag> flags = EnumSet.noneOf(FilterFlag.class);
        for (FilterFlag flag : FilterFlag.values()) {
            if (seccomp.flags().contains(Seccomp.Flag.valueOf(flag.ociName()))) {
                flags.add(flag);
            }
        }
        return new FilterRules(
                action(seccomp.defaultAction(), seccomp.defaultErrno()),
                architectures,
                flags,
                seccomp.rules().stream().map(OciRules::rule).toList());
    }

    private static FilterRules.Rule rule(Seccomp.Rule rule) {
        List<Condition> conditions = rule.arguments().stream()
                .map(argument -> new Condition(
                        argument.index(), comparison(argument.operator()), argument.value(), argument.valueTwo()))
                .toList();
        return new FilterRules.Rule(rule.names(), action(rule.action(), rule.errno()), conditions);
    }

    /** An error number beyond the kernel's last is taken for that, as the kernel does. */
    static Action action(Seccomp.Action action, Optional<Integer> errno) {
        int number = errno.orElse(Errno.EPERM);
        return switch (action) {
            case SCMP_ACT_KILL, SCMP_ACT_KILL_THREAD -> new Action.KillThread();
            case SCMP_ACT_KILL_PROCESS -> new Action.KillProcess();
            case SCMP_ACT_TRAP -> new Action.Trap();
            case SCMP_ACT_ERRNO -> new Action.Refuse(Math.min(number, ERRNO_MAX));
            case SCMP_ACT_TRACE -> new Action.Trace(number);
            case SCMP_ACT_ALLOW -> new Action.Allow();
            case SCMP_ACT_LOG -> new Action.Log();
            case SCMP_ACT_NOTIFY -> new Action.Notify();
        };
    }

    static Comparison comparison(Seccomp.Operator operator) {
        return switch (operator) {
            case SCMP_CMP_NE -> Comparison.NOT_EQUAL;
            case SCMP_CMP_LT -> Comparison.LESS;
            case SCMP_CMP_LE -> Comparison.LESS_OR_EQUAL;
            case SCMP_CMP_EQ -> Comparison.EQUAL;
            case SCMP_CMP_GE -> Comparison.GREATER_OR_EQUAL;
            case SCMP_CMP_GT -> Comparison.GREATER;
            case SCMP_CMP_MASKED_EQ -> Comparison.MASKED_EQUAL;
        };
    }
}
