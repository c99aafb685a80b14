package org.berth.runtime;

import java.util.List;
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
 */
public record ProcessSpec(
        List<String> arguments,
        List<String> environment,
        String workingDirectory,
        User user,
        boolean terminal,
        Capabilities capabilities) {
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
