package org.berth.control;

import java.net.Inet4Address;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * A task's container as a node has it.
 *
 * @param name {@code PROJECT-SERVICE-NUMBER}
 * @param hash the label {@link TaskLabels#HASH}
 * @param startedAt the last start; empty before the first
 * @param exit present when it has ended
 * @param addresses by the network's name; empty while it does not run
 */
public record ObservedTask(
        String containerId,
        String service,
        int number,
        String name,
        String hash,
        State state,
        Health health,
        Instant createdAt,
        Optional<Instant> startedAt,
        Optional<Exit> exit,
        Map<String, Inet4Address> addresses) {
    public ObservedTask {
        addresses = Map.copyOf(addresses);
    }

    /** Where it is in its life. */
    public enum State {
        CREATED,
        RUNNING,
        EXITED
    }

    /** What its health check says. */
    public enum Health {
        /** It has no health check. */
        NONE,
        STARTING,
        HEALTHY,
        UNHEALTHY
    }

    /**
     * How it ended.
     *
     * @param code the exit code, 128 + the signal's number for a signal
     * @param outOfMemory whether the kernel killed it for lack of memory
     * @param interrupted whether it ended with the whole node (a reboot), through no doing of its own
     */
    public record Exit(int code, Instant at, boolean outOfMemory, boolean interrupted) {}
}
