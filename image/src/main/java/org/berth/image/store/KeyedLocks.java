package org.berth.image.store;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/** One lock for each key, there while somebody holds it or waits for it. */
public final class KeyedLocks {
    private final Map<Object, Counted> locks = new HashMap<>();

    /** Holds the key's lock until what is returned is closed, by the same thread. */
    public Held hold(Object key) {
        Counted counted;
        synchronized (locks) {
            counted = locks.computeIfAbsent(key, absent -> new Counted());
            counted.users++;
        }
        counted.lock.lock();
        return () -> release(key, counted);
    }

    private void release(Object key, Counted counted) {
        counted.lock.unlock();
        synchronized (locks) {
            counted.users--;
            if (counted.users == 0) {
                locks.remove(key);
            }
        }
    }

    private static final class Counted {
        private final ReentrantLock lock = new ReentrantLock();
        private int users;
    }

    /** A lock that is held. */
    public interface Held extends AutoCloseable {
        @Override
        void close();
    }
}
