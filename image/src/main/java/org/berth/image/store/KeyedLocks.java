package org.berth.image.store;

import java.util.concurrent.locks.ReentrantLock;

/** One lock for each of many keys; keys that share a lock by chance merely wait for each other. */
final class KeyedLocks {
    private static final int LOCKS = 64;
    private final ReentrantLock[] locks = new ReentrantLock[LOCKS];

    KeyedLocks() {
        for (int i = 0; i < LOCKS; i++) {
            locks[i] = new ReentrantLock();
        }
    }

    /** Holds the key's lock until what is returned is closed, by the same thread. */
    Held hold(Object key) {
        ReentrantLock lock = locks[Math.floorMod(key.hashCode(), LOCKS)];
        lock.lock();
        return lock::unlock;
    }

    /** A lock that is held. */
    interface Held extends AutoCloseable {
        @Override
        void close();
    }
}
