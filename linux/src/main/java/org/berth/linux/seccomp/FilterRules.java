package org.berth.linux.seccomp;

import java.util.List;
import java.util.Set;

/**
 * A seccomp filter as OCI's config.json has it ({@code linux.seccomp}), and docker's profiles.
 *
 * <p>What libseccomp makes of it holds here too: a name nobody knows is passed over; a rule whose action
 * is the default one is of no effect; a rule without conditions outweighs those with conditions for the
 * same call; of several with conditions the first that holds counts. Conditions of a rule must
 * all hold, but when two of them look at one argument each stands for itself, as in runc.
 * When the default refuses, numbers above the newest call that the rules name give ENOSYS, so that a C library
 * newer than the rules falls back to older calls.
 *
 * @param otherwise for calls without a rule
 * @param architectures besides X86_64, which always is meant; calls of those missing kill the process
 */
public record FilterRules(Action otherwise, Set<Architecture> architectures, Set<FilterFlag> flags, List<Rule> rules) {
    public FilterRules {
        architectures = Set.copyOf(architectures);
        flags = Set.copyOf(flags);
        rules = List.copyOf(rules);
    }

    /**
     * What becomes of some calls.
     *
     * @param names "openat"; a number in digits is taken too
     * @param conditions none: always
     */
    public record Rule(List<String> names, Action action, List<Condition> conditions) {
        public Rule {
            names = List.copyOf(names);
            conditions = List.copyOf(conditions);
        }
    }
}
