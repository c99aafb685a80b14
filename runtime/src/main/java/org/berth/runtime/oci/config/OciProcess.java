package org.berth.runtime.oci.config;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The process of a container, or one more of it.
 *
 * @param cwd absolute
 * @param arguments may be empty until it is started
 * @param capabilities empty: all sets are empty
 * @param oomScoreAdjust -1000 to 1000; empty: the runtime's own
 */
public record OciProcess(
        boolean terminal,
        Optional<ConsoleSize> consoleSize,
        User user,
        List<String> arguments,
        List<String> environment,
        String cwd,
        CapabilitySets capabilities,
        List<ResourceLimit> limits,
        boolean noNewPrivileges,
        Optional<Integer> oomScoreAdjust,
        Optional<String> apparmorProfile,
        Optional<String> selinuxLabel,
        Optional<Scheduler> scheduler,
        Optional<IoPriority> ioPriority,
        Optional<CpuAffinity> cpuAffinity) {
    private static final int OOM_SCORE_MAX = 1000;

    public OciProcess {
        arguments = List.copyOf(arguments);
        environment = List.copyOf(environment);
        limits = List.copyOf(limits);
    }

    /** A terminal's size in characters. */
    public record ConsoleSize(int height, int width) {
        private static final int MAX = 0xffff;

        static ConsoleSize of(ConfigNode node) {
            return new ConsoleSize((int) node.required("height").number(0, MAX), (int)
                    node.required("width").number(0, MAX));
        }
    }

    /** Whom it runs as, by the ids of its user namespace. @param umask empty: 022 */
    public record User(long uid, long gid, Optional<Integer> umask, List<Long> additionalGids) {
        public static final User ROOT = new User(0, 0, Optional.empty(), List.of());

        /** -1 means "no change" to the system calls. */
        private static final long ID_MAX = 0xffff_fffeL;

        public User {
            additionalGids = List.copyOf(additionalGids);
        }

        static User of(ConfigNode node) {
            return new User(
                    node.member("uid").map(User::id).orElse(0L),
                    node.member("gid").map(User::id).orElse(0L),
                    node.member("umask").map(mask -> (int) mask.number(0, 07777)),
                    node.list("additionalGids", User::id));
        }

        private static long id(ConfigNode node) {
            return node.number(0, ID_MAX);
        }
    }

    /** A limit of setrlimit(2). @param soft and {@code hard} unsigned; all bits set: none */
    public record ResourceLimit(LimitType type, long soft, long hard) {
        static ResourceLimit of(ConfigNode node) {
            ResourceLimit limit = new ResourceLimit(
                    node.required("type").oneOf(LimitType.values(), LimitType::key),
                    node.required("soft").unsigned(),
                    node.required("hard").unsigned());
            if (Long.compareUnsigned(limit.soft, limit.hard) > 0) {
                throw node.required("soft").expected("at most the hard limit, " + Long.toUnsignedString(limit.hard));
            }
            return limit;
        }
    }

    /** What is limited, in the order of the kernel's numbers (asm-generic/resource.h). */
    public enum LimitType {
        CPU,
        FSIZE,
        DATA,
        STACK,
        CORE,
        RSS,
        NPROC,
        NOFILE,
        MEMLOCK,
        AS,
        LOCKS,
        SIGPENDING,
        MSGQUEUE,
        NICE,
        RTPRIO,
        RTTIME;

        /** As the configuration writes it: "RLIMIT_NOFILE". */
        public String key() {
            return "RLIMIT_" + name();
        }
    }

    /** How it is scheduled (sched_setattr(2)). Times in nanoseconds, unsigned. */
    public record Scheduler(
            Policy policy,
            int nice,
            int priority,
            List<SchedulerFlag> flags,
            long runtime,
            long deadline,
            long period) {
        public Scheduler {
            flags = List.copyOf(flags);
        }

        static Scheduler of(ConfigNode node) {
            return new Scheduler(
                    node.required("policy").oneOf(Policy.values()),
                    node.member("nice").map(ConfigNode::integer).orElse(0),
                    node.member("priority").map(ConfigNode::integer).orElse(0),
                    node.list("flags", flag -> flag.oneOf(SchedulerFlag.values())),
                    node.member("runtime").map(ConfigNode::unsigned).orElse(0L),
                    node.member("deadline").map(ConfigNode::unsigned).orElse(0L),
                    node.member("period").map(ConfigNode::unsigned).orElse(0L));
        }
    }

    /** SCHED_*, in the order of the kernel's numbers; 4 was never given. */
    public enum Policy {
        SCHED_OTHER(0),
        SCHED_FIFO(1),
        SCHED_RR(2),
        SCHED_BATCH(3),
        SCHED_ISO(4),
        SCHED_IDLE(5),
        SCHED_DEADLINE(6);

        private final int number;

        Policy(int number) {
            this.number = number;
        }

        public int number() {
            return number;
        }
    }

    /** SCHED_FLAG_* (linux/sched.h). */
    public enum SchedulerFlag {
        SCHED_FLAG_RESET_ON_FORK(0x01),
        SCHED_FLAG_RECLAIM(0x02),
        SCHED_FLAG_DL_OVERRUN(0x04),
        SCHED_FLAG_KEEP_POLICY(0x08),
        SCHED_FLAG_KEEP_PARAMS(0x10),
        SCHED_FLAG_UTIL_CLAMP_MIN(0x20),
        SCHED_FLAG_UTIL_CLAMP_MAX(0x40);

        private final int bit;

        SchedulerFlag(int bit) {
            this.bit = bit;
        }

        public int bit() {
            return bit;
        }
    }

    /** How its reads and writes are scheduled (ioprio_set(2)). @param priority 0 (first) to 7 */
    public record IoPriority(IoClass ioClass, int priority) {
        private static final int LOWEST = 7;

        static IoPriority of(ConfigNode node) {
            return new IoPriority(
                    node.required("class").oneOf(IoClass.values()),
                    node.member("priority")
                            .map(priority -> (int) priority.number(0, LOWEST))
                            .orElse(0));
        }
    }

    /** Classes, each the kernel's number less one. */
    public enum IoClass {
        IOPRIO_CLASS_RT,
        IOPRIO_CLASS_BE,
        IOPRIO_CLASS_IDLE;

        public int number() {
            return ordinal() + 1;
        }
    }

    /** Where one more process may run: lists as "0-3,7". @param initial before it joins the container's groups */
    public record CpuAffinity(Optional<String> initial, Optional<String> last) {
        static CpuAffinity of(ConfigNode node) {
            return new CpuAffinity(list(node, "initial"), list(node, "final"));
        }

        private static Optional<String> list(ConfigNode node, String name) {
            Optional<ConfigNode> member =
                    node.member(name).filter(value -> !value.text().isEmpty());
            member.filter(value -> CpuList.parse(value.text()).isEmpty()).ifPresent(value -> {
                throw value.expected("a list of processors as 0-3,7");
            });
            return member.map(ConfigNode::text);
        }
    }

    /** The same with these variables. */
    public OciProcess withEnvironment(List<String> variables) {
        return new OciProcess(
                terminal,
                consoleSize,
                user,
                arguments,
                variables,
                cwd,
                capabilities,
                limits,
                noNewPrivileges,
                oomScoreAdjust,
                apparmorProfile,
                selinuxLabel,
                scheduler,
                ioPriority,
                cpuAffinity);
    }

    static OciProcess of(ConfigNode node) {
        return new OciProcess(
                node.flag("terminal"),
                node.member("consoleSize", ConsoleSize::of),
                node.member("user", User::of).orElse(User.ROOT),
                node.texts("args"),
                node.texts("env"),
                cwd(node.required("cwd")),
                node.member("capabilities", CapabilitySets::of).orElse(CapabilitySets.NONE),
                limits(node),
                node.flag("noNewPrivileges"),
                node.member("oomScoreAdj").map(score -> (int) score.number(-OOM_SCORE_MAX, OOM_SCORE_MAX)),
                node.member("apparmorProfile", ConfigNode::text).filter(text -> !text.isEmpty()),
                node.member("selinuxLabel", ConfigNode::text).filter(text -> !text.isEmpty()),
                node.member("scheduler", Scheduler::of),
                node.member("ioPriority", IoPriority::of),
                node.member("execCPUAffinity", CpuAffinity::of));
    }

    private static String cwd(ConfigNode node) {
        if (!node.text().startsWith("/")) {
            throw node.expected("an absolute path");
        }
        return node.text();
    }

    private static List<ResourceLimit> limits(ConfigNode node) {
        List<ResourceLimit> limits = node.list("rlimits", ResourceLimit::of);
        java.util.Set<LimitType> seen = java.util.EnumSet.noneOf(LimitType.class);
        for (int i = 0; i < limits.size(); i++) {
            if (!seen.add(limits.get(i).type)) {
                throw ConfigNode.error(
                        node.path() + (node.path().isEmpty() ? "" : ".") + "rlimits[" + i + "]",
                        "expected each type once, found "
                                + limits.get(i).type.key().toUpperCase(Locale.ROOT) + " again");
            }
        }
        return limits;
    }
}
