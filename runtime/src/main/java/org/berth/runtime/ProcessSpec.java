package org.berth.runtime;

import java.util.List;

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
    public ProcessSpec {
        arguments = List.copyOf(arguments);
        environment = List.copyOf(environment);
    }

    /**
     * Numeric ids, the container's own.
     *
     * @param additional supplementary groups
     */
    public record User(long uid, long gid, List<Long> additional) {
        public static final User ROOT = new User(0, 0, List.of());

        public User {
            additional = List.copyOf(additional);
        }
    }
}
