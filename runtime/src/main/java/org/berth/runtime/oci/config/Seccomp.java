package org.berth.runtime.oci.config;

import java.util.List;
import java.util.Optional;

/** A filter of system calls (seccomp(2)), as config.json gives it. */
public record Seccomp(
        Action defaultAction,
        Optional<Integer> defaultErrno,
        List<String> architectures,
        List<Flag> flags,
        Optional<String> listenerPath,
        Optional<String> listenerMetadata,
        List<Rule> rules) {
    private static final int ERRNO_MAX = 0xffff;

    public Seccomp {
        architectures = List.copyOf(architectures);
        flags = List.copyOf(flags);
        rules = List.copyOf(rules);
    }

    /** What becomes of a call. */
    public enum Action {
        SCMP_ACT_KILL,
        SCMP_ACT_KILL_PROCESS,
        SCMP_ACT_KILL_THREAD,
        SCMP_ACT_TRAP,
        SCMP_ACT_ERRNO,
        SCMP_ACT_TRACE,
        SCMP_ACT_ALLOW,
        SCMP_ACT_LOG,
        SCMP_ACT_NOTIFY
    }

    /** SECCOMP_FILTER_FLAG_*, with the kernel's bits. */
    public enum Flag {
        SECCOMP_FILTER_FLAG_TSYNC(1),
        SECCOMP_FILTER_FLAG_LOG(2),
        SECCOMP_FILTER_FLAG_SPEC_ALLOW(4),
        SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV(32);

        private final int bit;

        Flag(int bit) {
            this.bit = bit;
        }

        public int bit() {
            return bit;
        }
    }

    /** How an argument is compared. */
    public enum Operator {
        SCMP_CMP_NE,
        SCMP_CMP_LT,
        SCMP_CMP_LE,
        SCMP_CMP_EQ,
        SCMP_CMP_GE,
        SCMP_CMP_GT,
        SCMP_CMP_MASKED_EQ
    }

    /**
     * A condition on an argument.
     *
     * @param value unsigned; the mask of SCMP_CMP_MASKED_EQ
     * @param valueTwo unsigned; what SCMP_CMP_MASKED_EQ compares with
     */
    public record Argument(int index, long value, long valueTwo, Operator operator) {
        private static final int LAST = 5;

        static Argument of(ConfigNode node) {
            return new Argument(
                    (int) node.required("index").number(0, LAST),
                    node.required("value").unsigned(),
                    node.member("valueTwo").map(ConfigNode::unsigned).orElse(0L),
                    node.required("op").oneOf(Operator.values()));
        }
    }

    /** The action on calls of these names. @param errno for ERRNO and TRACE; empty: EPERM */
    public record Rule(List<String> names, Action action, Optional<Integer> errno, List<Argument> arguments) {
        public Rule {
            names = List.copyOf(names);
            arguments = List.copyOf(arguments);
        }

        static Rule of(ConfigNode node) {
            List<String> names = node.texts("names");
            if (names.isEmpty()) {
                throw ConfigNode.error(node.path() + ".names", "expected at least one name, found none");
            }
            Action action = node.required("action").oneOf(Action.values());
            return new Rule(names, action, errorNumber(node, "errnoRet", action), node.list("args", Argument::of));
        }
    }

    /** Whether calls are to be told to a listener. */
    public boolean notifies() {
        return defaultAction == Action.SCMP_ACT_NOTIFY
                || rules.stream().anyMatch(rule -> rule.action == Action.SCMP_ACT_NOTIFY);
    }

    static Seccomp of(ConfigNode node) {
        Action action = node.required("defaultAction").oneOf(Action.values());
        Seccomp seccomp = new Seccomp(
                action,
                errorNumber(node, "defaultErrnoRet", action),
                node.texts("architectures"),
                node.list("flags", flag -> flag.oneOf(Flag.values())),
                node.member("listenerPath", ConfigNode::text).filter(path -> !path.isEmpty()),
                node.member("listenerMetadata", ConfigNode::text).filter(text -> !text.isEmpty()),
                node.list("syscalls", Rule::of));
        seccomp.check(node);
        return seccomp;
    }

    private static Optional<Integer> errorNumber(ConfigNode node, String name, Action action) {
        Optional<ConfigNode> member = node.member(name);
        if (member.isPresent() && action != Action.SCMP_ACT_ERRNO && action != Action.SCMP_ACT_TRACE) {
            throw member.get().expected("none: " + action + " returns no error number");
        }
        return member.map(errno -> (int) errno.number(0, ERRNO_MAX));
    }

    private void check(ConfigNode node) {
        if (defaultAction == Action.SCMP_ACT_NOTIFY) {
            throw node.required("defaultAction")
                    .expected("another action: every call would wait for the listener, that which makes it too");
        }
        for (int i = 0; i < rules.size(); i++) {
            // sendmsg gives the listener away, write tells of failures: as runc refuses them
            if (rules.get(i).action == Action.SCMP_ACT_NOTIFY
                    && rules.get(i).names.contains("write")) {
                throw ConfigNode.error(
                        node.path() + ".syscalls[" + i + "]",
                        "expected another action than SCMP_ACT_NOTIFY for write, which tells of failures");
            }
        }
        if (listenerMetadata.isPresent() && listenerPath.isEmpty()) {
            throw node.required("listenerMetadata").expected("none without a listenerPath");
        }
        if (notifies() && listenerPath.isEmpty()) {
            throw ConfigNode.error(
                    node.path() + ".listenerPath", "expected a path, as SCMP_ACT_NOTIFY is used; found nothing");
        }
    }
}
