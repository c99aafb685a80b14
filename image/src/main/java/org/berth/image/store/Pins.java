package org.berth.image.store;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/** Layers and blobs that work in progress relies on, so that nobody collects them meanwhile. Safe for concurrent use. */
final class Pins {
    private final Map<Digest, Integer> held = new HashMap<>();

    /** Holds these until what is returned is closed. */
    synchronized Lease hold(Collection<Digest> digests) {
        List<Digest> copy = List.copyOf(digests);
        copy.forEach(digest -> held.merge(digest, 1, Integer::sum));
        AtomicBoolean open = new AtomicBoolean(true);
        return () -> {
            if (open.compareAndSet(true, false)) {
                drop(copy);
            }
        };
    }

    /** Acts, unless the digest is held; nobody can begin to hold it meanwhile. */
    synchronized void unlessHeld(Digest digest, Runnable action) {
        if (!held.containsKey(digest)) {
            action.run();
        }
    }

    private synchronized void drop(List<Digest> digests) {
        digests.forEach(digest -> held.computeIfPresent(digest, (key, count) -> count > 1 ? count - 1 : null));
    }

    /** Something held. */
    interface Lease extends AutoCloseable {
        @Override
        void close();
    }
}
