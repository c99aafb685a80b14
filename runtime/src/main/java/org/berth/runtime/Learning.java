package org.berth.runtime;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.seccomp.CallListener;
import org.berth.runtime.seccomp.LearnedProfile;

/**
 * Watches containers that were started to learn what system calls they need. Each has a thread of its own, from
 * before its program is executed (which waits for the thread's leave) until its last process has ended. What
 * is learned lives in this process: a daemon that ends takes it along.
 */
final class Learning {
    /** The choice of a filter that tells. */
    static final String CHOICE = "learn";

    private static final Duration STARTED_DEADLINE = Duration.ofSeconds(30);
    private static final Duration ENDED_DEADLINE = Duration.ofSeconds(10);
    private static final long POLL_NANOS = 1_000_000;
    private static final int KEPT_MAX = 64;

    private final Map<String, CompletableFuture<String>> profiles = new ConcurrentHashMap<>();

    /**
     * Begins to watch a container that is about to be started.
     *
     * @param processes the ids of its processes
     */
    void watch(String id, Supplier<List<Long>> processes) {
        if (profiles.size() >= KEPT_MAX) {
            throw new BerthException(
                    ErrorCode.EXHAUSTED,
                    "already " + KEPT_MAX + " containers' system calls are learned; remove one first");
        }
        CompletableFuture<String> learned = new CompletableFuture<>();
        profiles.put(id, learned);
        Thread.ofPlatform().daemon().name("learn " + id).start(() -> {
            try {
                learned.complete(learn(processes));
            } catch (RuntimeException e) {
                learned.completeExceptionally(e);
            }
        });
    }

    private static String learn(Supplier<List<Long>> processes) {
        LearnedProfile profile = new LearnedProfile();
        try (CallListener listener = find(processes)) {
            listener.listen(profile::add);
        }
        return profile.text();
    }

    private static CallListener find(Supplier<List<Long>> processes) {
        long end = System.nanoTime() + STARTED_DEADLINE.toNanos();
        while (System.nanoTime() - end < 0) {
            for (long pid : processes.get()) {
                Optional<CallListener> found = CallListener.of(pid);
                if (found.isPresent()) {
                    return found.get();
                }
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
        throw new BerthException(ErrorCode.TIMEOUT, "the container's filter of system calls was not seen");
    }

    /** What was learned of a container that has ended; empty when nothing was to be. */
    Optional<String> learned(String id) {
        CompletableFuture<String> learned = profiles.get(id);
        if (learned == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(learned.get(ENDED_DEADLINE.toMillis(), TimeUnit.MILLISECONDS));
        } catch (java.util.concurrent.ExecutionException | TimeoutException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** Forgets a container that is removed. */
    void forget(String id) {
        profiles.remove(id);
    }
}
