package org.berth.engine;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.engine.ContainerRequest.HealthCheck;
import org.berth.image.ImageHealth;

/** An image's own health check, HEALTHCHECK of its Dockerfile, with docker's times where it leaves them open. Pure. */
public final class ImageChecks {
    private static final Duration INTERVAL = Duration.ofSeconds(30);
    private static final Duration START_INTERVAL = Duration.ofSeconds(5);
    private static final int RETRIES = 3;

    private ImageChecks() {}

    /** The check; empty when the image says that there is none. */
    public static Optional<HealthCheck> of(ImageHealth health) {
        List<String> command = command(health.test());
        if (command.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new HealthCheck(
                command,
                or(health.interval(), INTERVAL),
                or(health.timeout(), INTERVAL),
                health.retries() > 0 ? health.retries() : RETRIES,
                health.startPeriod(),
                or(health.startInterval(), START_INTERVAL)));
    }

    /**
     * The program of a test and its arguments.
     *
     * @param test as images and docker's API have it: "NONE", or "CMD" or "CMD-SHELL" with what follows
     * @throws BerthException INVALID for one that begins otherwise
     */
    public static List<String> command(List<String> test) {
        if (test.isEmpty()) {
            return List.of();
        }
        List<String> rest = test.subList(1, test.size());
        return switch (test.getFirst()) {
            case "NONE" -> List.of();
            case "CMD" -> List.copyOf(rest);
            case "CMD-SHELL" -> List.of("/bin/sh", "-c", String.join(" ", rest));
            default ->
                throw new BerthException(
                        ErrorCode.INVALID,
                        "Healthcheck.Test must begin with NONE, CMD or CMD-SHELL, not " + test.getFirst());
        };
    }

    private static Duration or(Duration given, Duration otherwise) {
        return given.isPositive() ? given : otherwise;
    }
}
