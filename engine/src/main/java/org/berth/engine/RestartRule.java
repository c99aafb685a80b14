package org.berth.engine;

import java.time.Duration;
import java.util.Optional;
import org.berth.engine.ContainerRequest.RestartPolicy;

/**
 * Whether and when a container that has ended starts again. Pure. The first wait is short, each next
 * one twice as long, up to a minute; a run of ten seconds or more starts the count anew, as Docker has it.
 */
final class RestartRule {
    static final Duration WAIT_MIN = Duration.ofMillis(100);
    static final Duration WAIT_MAX = Duration.ofMinutes(1);
    static final Duration SOUND_RUN = Duration.ofSeconds(10);
    private static final int DOUBLINGS_MAX = 20;

    private RestartRule() {}

    /**
     * The wait before the next start, after an end.
     *
     * @param code how it ended
     * @param stopped whether a user stopped it
     * @param restarts how often the policy has started it since a user did
     * @param shortRuns runs in a row that ended before {@link #SOUND_RUN}, this one included
     */
    static Optional<Duration> afterExit(RestartPolicy policy, int code, boolean stopped, int restarts, int shortRuns) {
        boolean again = switch (policy.kind()) {
            case NO -> false;
            case ALWAYS, UNLESS_STOPPED -> true;
            case ON_FAILURE -> code != 0 && (policy.maximumRetries() == 0 || restarts < policy.maximumRetries());
        };
        return again && !stopped ? Optional.of(waitAfter(shortRuns)) : Optional.empty();
    }

    /** Whether a container that does not run is started when the daemon starts. */
    static boolean atDaemonStart(RestartPolicy policy, int code, boolean stopped, boolean everStarted) {
        return everStarted
                && switch (policy.kind()) {
                    case NO -> false;
                    case ALWAYS -> true;
                    case UNLESS_STOPPED -> !stopped;
                    case ON_FAILURE -> !stopped && code != 0;
                };
    }

    private static Duration waitAfter(int shortRuns) {
        int doublings = Math.clamp(shortRuns - 1L, 0, DOUBLINGS_MAX);
        Duration wait = WAIT_MIN.multipliedBy(1L << doublings);
        return wait.compareTo(WAIT_MAX) > 0 ? WAIT_MAX : wait;
    }
}
