package org.berth.network;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.berth.linux.netlink.NetworkNamespace;

/**
 * Network namespaces made ahead of their use: whoever has taken one is likely to want another. One for each of the last few
 * kinds; one that nobody wants goes after a while. They are held by this process alone: nothing of them stays when it ends.
 *
 * @param <K> a kind: equal ones can stand for each other
 */
final class SpareNamespaces<K> implements AutoCloseable {
    /** A namespace holds some 100 KiB of the kernel's memory. */
    private static final int KINDS_MAX = 4;

    /** The next one is made when the start that took this one is over. */
    private static final Duration AFTER = Duration.ofMillis(30);

    private static final Duration KEPT = Duration.ofSeconds(60);

    private final Later later;
    private final SequencedMap<K, NetworkNamespace> ready = new LinkedHashMap<>();
    private boolean closed;

    /** Does something after a time, on a thread of its own. */
    @FunctionalInterface
    interface Later {
        void run(Duration delay, Runnable task);
    }

    SpareNamespaces(Later later) {
        this.later = later;
    }

    /** By the clock of this machine, on virtual threads. */
    static void byTheClock(Duration delay, Runnable task) {
        Executor threads = work -> Thread.ofVirtual().name("spare network").start(work);
        CompletableFuture.delayedExecutor(delay.toMillis(), TimeUnit.MILLISECONDS, threads)
                .execute(task);
    }

    /** One of a kind, if there is one; the caller's to close. Another is made, for the next. */
    Optional<NetworkNamespace> take(K kind, Supplier<NetworkNamespace> make) {
        Optional<NetworkNamespace> taken = remove(kind);
        later.run(AFTER, () -> fill(kind, make));
        return taken;
    }

    private synchronized Optional<NetworkNamespace> remove(K kind) {
        return Optional.ofNullable(ready.remove(kind));
    }

    private void fill(K kind, Supplier<NetworkNamespace> make) {
        if (!wanted(kind)) {
            return;
        }
        try {
            add(kind, make.get()).forEach(NetworkNamespace::close);
        } catch (RuntimeException e) {
            // whoever asks next makes its own, and has the error if that fails too
        }
    }

    private synchronized boolean wanted(K kind) {
        return !closed && !ready.containsKey(kind);
    }

    /** @return those that there is no place for */
    private synchronized List<NetworkNamespace> add(K kind, NetworkNamespace made) {
        if (!wanted(kind)) {
            return List.of(made);
        }
        ready.put(kind, made);
        later.run(KEPT, () -> drop(kind, made));
        return ready.size() > KINDS_MAX ? eldest() : List.of();
    }

    private List<NetworkNamespace> eldest() {
        return Optional.ofNullable(ready.pollFirstEntry()).map(Map.Entry::getValue).stream()
                .toList();
    }

    private void drop(K kind, NetworkNamespace made) {
        if (removeExactly(kind, made)) {
            made.close();
        }
    }

    private synchronized boolean removeExactly(K kind, NetworkNamespace made) {
        return ready.remove(kind, made);
    }

    @Override
    public void close() {
        List<NetworkNamespace> left;
        synchronized (this) {
            closed = true;
            left = new ArrayList<>(ready.values());
            ready.clear();
        }
        left.forEach(NetworkNamespace::close);
    }
}
