package org.berth.engine;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.network.Networks.Attachment;
import org.berth.network.Networks.PublishedPort;

/**
 * What is known of a container now.
 *
 * @param id 64 hexadecimal digits
 * @param request what was asked, with a name in it
 * @param imageId the image it was made of
 * @param arguments program and arguments as resolved with the image
 * @param pid of its first process, on the host; 0 when it does not run
 * @param exitCode of the last end
 * @param failure why it could not start, in words; "" otherwise
 * @param networks network's name to its interface there
 * @param ports with the host ports chosen
 * @param execs ids of processes that exec added and that have not ended
 */
public record ContainerState(
        String id,
        ContainerRequest request,
        String imageId,
        List<String> arguments,
        Status status,
        long pid,
        int exitCode,
        boolean outOfMemory,
        String failure,
        Instant created,
        Optional<Instant> started,
        Optional<Instant> finished,
        int restarts,
        Health health,
        Map<String, Attachment> networks,
        List<PublishedPort> ports,
        List<String> execs) {

    /** Docker's words. */
    public enum Status {
        CREATED,
        RUNNING,
        PAUSED,
        RESTARTING,
        REMOVING,
        EXITED,
        DEAD
    }

    /**
     * @param status NONE when there is no health check
     * @param failures in a row
     * @param log the last few probes
     */
    public record Health(HealthStatus status, int failures, List<Probe> log) {
        public record Probe(Instant start, Instant end, int exitCode, String output) {}
    }

    public enum HealthStatus {
        NONE,
        STARTING,
        HEALTHY,
        UNHEALTHY
    }

    /** Its name. */
    public String name() {
        return request.name().orElse(id);
    }
}
