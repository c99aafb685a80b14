package org.berth.control;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.berth.compose.ProjectNetwork;
import org.berth.compose.ProjectVolume;

/**
 * The one interface through which control reaches a node.
 *
 * <p>Every method is idempotent: what is as asked already is no error (create what exists with the
 * same hash, start what runs, stop what ended, remove what is gone). Errors are {@link
 * org.berth.base.BerthException}s; their messages are shown to the user as the reason why a service
 * waits. Methods may block (a stop for its grace); they are called from many threads at once, never
 * twice at once for the same task, network, volume or service.
 *
 * <p>Names of networks and volumes are the node's ({@code PROJECT_NAME}), as the model has them.
 */
public interface Node {
    /** Its name, "local" for the only one. */
    String name();

    /**
     * What there is of a project now. It must be quick: it's asked after every change.
     *
     * <p>Tasks are the containers that {@link #createTask} made, told by their labels ({@link
     * TaskLabels}); others of the project are {@code oneOffs}.
     */
    NodeObservation observe(String project);

    /**
     * Makes a network; its labels are the project's mark already. An external one is only looked for:
     * NOT_FOUND when it isn't there.
     */
    void ensureNetwork(ProjectNetwork network);

    /** Removes a network, with what is left in it. */
    void removeNetwork(String name);

    /** Makes a volume; an external one is only looked for: NOT_FOUND when it isn't there. */
    void ensureVolume(ProjectVolume volume);

    void removeVolume(String name);

    /**
     * Makes a task's container, not started, named {@link TaskSpec#name}, with {@link TaskSpec#labels}.
     * One of that name and hash is returned as it is; one of that name and another hash is a CONFLICT.
     *
     * @return the container's id
     */
    String createTask(TaskSpec spec);

    void startTask(String containerId);

    /**
     * Stops a task: its stop signal, then the end when the grace is over. Returns when it has ended.
     *
     * @param grace empty for the task's own
     */
    void stopTask(String containerId, Optional<Duration> grace);

    /**
     * Has a dead task make room for another of its name: it stays, with its log, as the one past run of
     * its place, and the one before it goes. It shows as a {@link NodeObservation#pastRuns past run}
     * from then on.
     */
    void setAside(String containerId);

    /** Removes a container with its log; one that runs is killed. */
    void removeTask(String containerId);

    /**
     * Says which tasks a service's names and published ports lead to, replacing what was said before.
     * New connections go to these tasks only, once it returns; connections that exist are left alone.
     * With no task the ports stay held, so that a clash shows early. It must survive a daemon's restart,
     * be brought back after a reboot by the next call, and change nothing when it fails.
     *
     * @return the ports with the host ports that were chosen
     */
    List<PublishedPort> setEndpoints(ServiceEndpoints endpoints);

    /** Takes a service's names and published ports away. */
    void removeEndpoints(String project, String service);

    /** The last lines of a container's output, without their ends; empty when it is gone. */
    List<String> logTail(String containerId, int lines);

    /**
     * Calls {@code listener} with a project's name whenever something of it may have changed: a task
     * started, ended, became healthy or unhealthy, was removed by someone else. It must be quick and
     * may be called more often than needed. Close to end.
     */
    AutoCloseable onChange(Consumer<String> listener);
}
