package org.berth.engine;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.berth.engine.ContainerState.HealthStatus;
import org.berth.engine.ContainerState.Status;
import org.berth.linux.user.UserRange;
import org.berth.network.Networks.PublishedPort;
import org.berth.runtime.Resources;

/**
 * A container as it is stored: {@code BERTH_ROOT/containers/ID/container.json}.
 *
 * @param request with name, resolved volumes, networks and limits as they are now
 * @param layers the image's, the lowest first
 * @param plan what it runs
 * @param anonymousVolumes volumes that go with it
 * @param ports with the host ports chosen; kept while it runs
 * @param users the ids of the machine that are its own, and that what it wrote has on the disk; empty: the machine's
 */
record ContainerRecord(
        String id,
        ContainerRequest request,
        String imageId,
        List<String> layers,
        ProcessPlan plan,
        Set<String> anonymousVolumes,
        Instant created,
        Progress progress,
        List<PublishedPort> ports,
        Optional<UserRange> users) {

    /**
     * What changes as it lives.
     *
     * @param stopped whether a user stopped it, so that its restart policy rests
     * @param restarts by its policy since a user started it
     * @param shortRuns runs in a row that ended soon
     * @param health of the present run, for the next daemon to begin with
     */
    record Progress(
            Status status,
            int exitCode,
            boolean outOfMemory,
            String failure,
            Optional<Instant> started,
            Optional<Instant> finished,
            boolean stopped,
            int restarts,
            int shortRuns,
            HealthStatus health) {
        static final Progress CREATED = new Progress(
                Status.CREATED, 0, false, "", Optional.empty(), Optional.empty(), false, 0, 0, HealthStatus.NONE);

        boolean active() {
            return status == Status.RUNNING || status == Status.PAUSED;
        }

        Progress running(Instant at) {
            return new Progress(
                    Status.RUNNING,
                    0,
                    false,
                    "",
                    Optional.of(at),
                    Optional.empty(),
                    false,
                    restarts,
                    shortRuns,
                    health);
        }

        /** A start by a user or at the daemon's start: the policy counts anew. */
        Progress fresh() {
            return new Progress(status, exitCode, outOfMemory, failure, started, finished, false, 0, 0, health);
        }

        Progress withStatus(Status to) {
            return new Progress(
                    to, exitCode, outOfMemory, failure, started, finished, stopped, restarts, shortRuns, health);
        }

        Progress withStopped(boolean to) {
            return new Progress(
                    status, exitCode, outOfMemory, failure, started, finished, to, restarts, shortRuns, health);
        }

        Progress withHealth(HealthStatus to) {
            return new Progress(
                    status, exitCode, outOfMemory, failure, started, finished, stopped, restarts, shortRuns, to);
        }

        Progress failed(int code, String why) {
            Status to = status == Status.CREATED ? Status.CREATED : Status.EXITED;
            return new Progress(to, code, false, why, started, finished, stopped, restarts, shortRuns, health);
        }

        Progress ended(int code, boolean memory, Instant at, int runs) {
            return new Progress(
                    Status.EXITED, code, memory, "", started, Optional.of(at), stopped, restarts, runs, health);
        }

        Progress shortRun() {
            return new Progress(
                    status,
                    exitCode,
                    outOfMemory,
                    failure,
                    started,
                    finished,
                    stopped,
                    restarts,
                    shortRuns + 1,
                    health);
        }

        Progress waiting() {
            return new Progress(
                    Status.RESTARTING,
                    exitCode,
                    outOfMemory,
                    failure,
                    started,
                    finished,
                    stopped,
                    restarts + 1,
                    shortRuns,
                    health);
        }
    }

    ContainerRecord with(Progress to) {
        return new ContainerRecord(id, request, imageId, layers, plan, anonymousVolumes, created, to, ports, users);
    }

    ContainerRecord withPorts(List<PublishedPort> to) {
        return new ContainerRecord(id, request, imageId, layers, plan, anonymousVolumes, created, progress, to, users);
    }

    ContainerRecord withRequest(ContainerRequest to) {
        return new ContainerRecord(id, to, imageId, layers, plan, anonymousVolumes, created, progress, ports, users);
    }

    ContainerRecord withUsers(Optional<UserRange> to) {
        return new ContainerRecord(id, request, imageId, layers, plan, anonymousVolumes, created, progress, ports, to);
    }

    ContainerRecord withName(String name) {
        return withRequest(Requests.withName(request, name));
    }

    ContainerRecord withResources(Resources resources) {
        return withRequest(Requests.withResources(request, resources));
    }

    /** Its name; every stored request has one. */
    String name() {
        return request.name().orElse(id);
    }

    /** The host name, by default the id's first twelve digits. */
    String hostname() {
        return request.hostname().filter(name -> !name.isEmpty()).orElse(id.substring(0, 12));
    }
}
