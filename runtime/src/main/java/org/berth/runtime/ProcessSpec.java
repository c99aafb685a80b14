package org.berth.runtime;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * A process to run in a container, its first one or one that exec adds.
 *
 * @param arguments the program and its arguments; the program is looked up in the container's PATH
 * @param environment {@code NAME=value}
 * @param workingDirectory an absolute path in the container; made when it is missing
 * @param user who it runs as
 * @param terminal whether it has a terminal of its own
 * @param capabilities what it may do; dropped from every set otherwise
 * @param bounds empty: {@link Bounds#STANDARD}
 */
public record ProcessSpec(
        List<String> arguments,
        List<String> environment,
        String workingDirectory,
        User user,
        boolean terminal,
        Capabilities capabilities,
        Optional<Bounds> bounds) {
    /** One with the standard bounds. */
    public ProcessSpec(
            List<String> arguments,
            List<String> environment,
            String workingDirectory,
            User user,
            boolean terminal,
            Capabilities capabilities) {
        this(arguments, environment, workingDirectory, user, terminal, capabilities, Optional.empty());
    }

    /**
     * @throws BerthException INVALID when there is no program, or a text has a NUL in it
     */
    public ProcessSpec {
        arguments = List.copyOf(arguments);
        environment = List.copyOf(environment);
        if (arguments.isEmpty() || arguments.getFirst().isEmpty()) {
            throw new BerthException(ErrorCode.INVALID, "no program to execute, give a command");
        }
        arguments.forEach(ProcessSpec::refuseNul);
        environment.forEach(ProcessSpec::refuseNul);
        refuseNul(workingDirectory);
    }

    private static void refuseNul(String text) {
        if (text.indexOf('\0') >= 0) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "'" + text.replace('\0', '?') + "' has a NUL character in it, which no program can get");
        }
    }

    /** The same with these bounds. */
    public ProcessSpec withBounds(Optional<Bounds> others) {
        return new ProcessSpec(arguments, environment, workingDirectory, user, terminal, capabilities, others);
    }

    /**
     * What a process may grow to.
     *
     * @param gainsPrivileges whether programs with set-user-ID bits or file capabilities raise its rights, up to its
     *     capabilities (no_new_privs is off, prctl(2))
     * @param limits in place of the standard ones (getrlimit(2))
     * @param outOfMemoryScore what is added when the kernel looks for whom to kill, -1000 to 1000
     *     (proc_pid_oom_score_adj(5)); empty: the daemon's
     */
    public record Bounds(boolean gainsPrivileges, List<Limit> limits, OptionalInt outOfMemoryScore) {
        public static final Bounds STANDARD = new Bounds(false, List.of(), OptionalInt.empty());

        public Bounds {
            limits = List.copyOf(limits);
        }
    }

    /**
     * A resource limit.
     *
     * @param name as ulimit and docker have it, lower case: "nofile"
     * @param soft and {@code hard}: in the resource's own unit; -1 without a limit
     */
    public record Limit(String name, long soft, long hard) {
        /** Resources by the kernel's number (asm-generic/resource.h). */
        private static final List<String> BY_NUMBER = List.of(
                "cpu",
                "fsize",
                "data",
                "stack",
                "core",
                "rss",
                "nproc",
                "nofile",
                "memlock",
                "as",
                "locks",
                "sigpending",
                "msgqueue",
                "nice",
                "rtprio",
                "rttime");

        /**
         * @throws BerthException INVALID for a name that is none, or a soft limit above the hard one
         */
        public Limit {
            if (!BY_NUMBER.contains(name)) {
                throw new BerthException(
                        ErrorCode.INVALID,
                        "ulimit " + name + " does not exist; expected one of " + String.join(", ", BY_NUMBER));
            }
            if (soft < -1 || hard < -1 || hard != -1 && (soft == -1 || soft > hard)) {
                throw new BerthException(
                        ErrorCode.INVALID,
                        "ulimit " + name + ": soft limit " + soft + " must be at most the hard limit " + hard
                                + "; -1 is without a limit");
            }
        }

        /** The kernel's number. */
        public int number() {
            return BY_NUMBER.indexOf(name);
        }
    }

    /**
     * Numeric ids, the container's own, 0 to 4294967294.
     *
     * @param additional supplementary groups
     */
    public record User(long uid, long gid, List<Long> additional) {
        public static final User ROOT = new User(0, 0, List.of());

        /** 4294967295 is -1 to setresuid(2), which means "as it is": root. */
        private static final long ID_MAX = 4_294_967_294L;

        /**
         * @throws BerthException INVALID when an id is out of range
         */
        public User {
            additional = List.copyOf(additional);
            check("user", uid);
            check("group", gid);
            additional.forEach(id -> check("group", id));
        }

        private static void check(String what, long id) {
            if (id < 0 || id > ID_MAX) {
                throw new BerthException(ErrorCode.INVALID, what + " id " + id + ": expected 0 to " + ID_MAX);
            }
        }
    }
}
