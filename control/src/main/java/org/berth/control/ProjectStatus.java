package org.berth.control;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * How a project is.
 *
 * @param folder the Compose file's
 * @param revision what {@link Controller#apply} returned last
 * @param state the worst of its services'
 * @param services in the file's order
 * @param reason what holds up its removal, or where it has no service its networks and volumes; "" otherwise
 * @param equipped whether all its networks and volumes are there
 * @param networks names on the node
 * @param volumes names on the node
 */
public record ProjectStatus(
        String name,
        String folder,
        long revision,
        Instant created,
        State state,
        List<ServiceStatus> services,
        String reason,
        boolean equipped,
        Set<String> networks,
        Set<String> volumes) {
    public ProjectStatus {
        services = List.copyOf(services);
        networks = Set.copyOf(networks);
        volumes = Set.copyOf(volumes);
    }

    /** Whether every service is as it was asked for: ready, up to date, or ended well. */
    public boolean settled() {
        return services.stream().allMatch(service -> service.state() == State.READY || service.state() == State.DONE);
    }

    /** The first service that failed for good, or that only the user can mend. */
    public Optional<ServiceStatus> failed() {
        return services.stream()
                .filter(service -> service.state() == State.FAILED)
                .findFirst();
    }

    /** A service's. */
    public Optional<ServiceStatus> service(String service) {
        return services.stream().filter(status -> status.name().equals(service)).findFirst();
    }

    /** How a service is, the best first. */
    public enum State {
        /** As many are ready as were asked for, of the newest form. */
        READY,
        /** It ended with 0 and is not to run again. */
        DONE,
        /** Some tasks are of an older form. */
        UPDATING,
        /** Not ready yet. */
        STARTING,
        /** It waits for others; {@code reason} says for what. */
        WAITING,
        /** Fewer are ready than were asked for, after it was ready once. */
        DEGRADED,
        /** It goes. */
        STOPPING,
        /** {@code reason} says why. */
        FAILED
    }

    /**
     * How a service is.
     *
     * @param image as a person calls it
     * @param wanted how many tasks were asked for
     * @param running how many run
     * @param ready how many of them are ready and in balance
     * @param current how many are of the newest form
     * @param reason why it is not ready: what it waits for, what failed; "" otherwise
     * @param ports as published; empty before the first task
     * @param tasks by number
     * @param lastFailure the last task that ended as it should not
     */
    public record ServiceStatus(
            String name,
            String image,
            State state,
            int wanted,
            int running,
            int ready,
            int current,
            String reason,
            List<PublishedPort> ports,
            List<TaskStatus> tasks,
            Optional<Failure> lastFailure) {
        public ServiceStatus {
            ports = List.copyOf(ports);
            tasks = List.copyOf(tasks);
        }
    }

    /**
     * A task that ended as it should not, or could not start.
     *
     * @param log the last lines of its output, where it is gone already
     */
    public record Failure(String task, String reason, Instant at, List<String> log) {
        public Failure {
            log = List.copyOf(log);
        }
    }

    /** How a task is. */
    public enum TaskState {
        /** Its container is not there yet. */
        PENDING,
        STARTING,
        /** It runs and is not ready yet. */
        RUNNING,
        READY,
        UNHEALTHY,
        /** Out of balance; it drains, then stops. */
        STOPPING,
        /** Dead; {@code reason} has the delay until it is replaced. */
        BACKOFF,
        /** It ended with 0 and is not to run again. */
        DONE,
        /** It ended, and is not to run again. */
        FAILED
    }

    /**
     * A task.
     *
     * @param containerId "" while there is no container
     * @param current whether it is of the newest form
     * @param restarts how often it was replaced because it had ended, since this daemon began or the
     *     service changed
     * @param ended when it did; empty while it runs
     */
    public record TaskStatus(
            String name,
            int number,
            String node,
            String containerId,
            TaskState state,
            ObservedTask.Health health,
            boolean current,
            int restarts,
            Optional<Integer> exitCode,
            Optional<Instant> ended,
            List<String> addresses,
            String reason,
            Optional<Instant> created,
            Optional<Instant> started) {
        public TaskStatus {
            addresses = List.copyOf(addresses);
        }
    }
}
