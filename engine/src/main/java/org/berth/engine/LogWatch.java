package org.berth.engine;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Wakes those who follow logs when a file in the log's folder changes (inotify(7)): one watch for all
 * of a folder's readers, one thread for the engine, none for a log that nobody follows. A reader also
 * looks again after {@link #LOOK_AGAIN}, so that a lost notice delays and never blocks.
 */
final class LogWatch implements AutoCloseable {
    static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Path, Bell> bells = new HashMap<>();
    private Optional<WatchService> service = Optional.empty();
    private boolean closed;

    /** What rings when something changes; close it when done. */
    final class Bell implements AutoCloseable {
        private final Path folder;
        private final Condition rung = lock.newCondition();
        private final Optional<WatchKey> key;
        private long rings;
        private int readers;

        private Bell(Path folder, Optional<WatchKey> key) {
            this.folder = folder;
            this.key = key;
        }

        /** How often it has rung: taken before looking, given to {@link #await}. */
        long rings() {
            lock.lock();
            try {
                return rings;
            } finally {
                lock.unlock();
            }
        }

        /** Waits until it has rung since {@code seen}, or {@link #LOOK_AGAIN} has passed. */
        void await(long seen) throws InterruptedException {
            lock.lockInterruptibly();
            try {
                long left = LOOK_AGAIN.toNanos();
                while (rings == seen && left > 0 && !closed) {
                    left = rung.awaitNanos(left);
                }
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            lock.lock();
            try {
                readers--;
                if (readers == 0) {
                    bells.remove(folder, this);
                    key.ifPresent(WatchKey::cancel);
                }
            } finally {
                lock.unlock();
            }
        }
    }

    /** The folder's bell. */
    Bell bell(Path folder) {
        lock.lock();
        try {
            Bell bell = bells.computeIfAbsent(folder, each -> new Bell(each, register(each)));
            bell.readers++;
            return bell;
        } finally {
            lock.unlock();
        }
    }

    /** Wakes a folder's readers for another reason: its container has ended. */
    void ring(Path folder) {
        lock.lock();
        try {
            Bell bell = bells.get(folder);
            if (bell != null) {
                bell.rings++;
                bell.rung.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            bells.values().forEach(bell -> bell.rung.signalAll());
            service.ifPresent(LogWatch::closeService);
        } finally {
            lock.unlock();
        }
    }

    /** Empty where no more watches are to be had (max_user_watches): readers then look again in time. */
    private Optional<WatchKey> register(Path folder) {
        try {
            WatchService watching = service();
            return Optional.of(folder.register(
                    watching, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY));
        } catch (IOException | ClosedWatchServiceException e) {
            return Optional.empty();
        }
    }

    private WatchService service() throws IOException {
        if (service.isPresent()) {
            return service.get();
        }
        WatchService made = FileSystems.getDefault().newWatchService();
        service = Optional.of(made);
        Thread.ofPlatform().daemon().name("engine-logs").start(() -> listen(made));
        return made;
    }

    private void listen(WatchService watching) {
        try {
            while (true) {
                WatchKey key = watching.poll(1, TimeUnit.HOURS);
                if (key != null) {
                    key.pollEvents();
                    key.reset();
                    if (key.watchable() instanceof Path folder) {
                        ring(folder);
                    }
                }
            }
        } catch (ClosedWatchServiceException | InterruptedException e) {
            // the engine closes
        }
    }

    private static void closeService(WatchService watching) {
        try {
            watching.close();
        } catch (IOException e) {
            // nothing is left to let go of
        }
    }
}
