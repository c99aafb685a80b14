package org.berth.linux.launch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.berth.linux.SystemCallException;

/**
 * Processes that wait to become launch programs, a few at a time: made by one thread behind whoever
 * takes them. The first are made after the first was asked for. An idle one holds some 100 KiB.
 */
final class SpareProcesses implements AutoCloseable {
    /** As many as are likely to be wanted at once. */
    private static final int COUNT = 4;

    private static final long IDLE_SECONDS = 10;

    private final Supplier<SpareProcess> make;
    private final Deque<SpareProcess> ready = new ArrayDeque<>(COUNT);
    private final ExecutorService maker = maker();
    private boolean filling;
    private boolean closed;

    /** @param make throws when it can't: then there are none, until the next is asked for */
    SpareProcesses(Supplier<SpareProcess> make) {
        this.make = make;
    }

    private static ExecutorService maker() {
        ThreadPoolExecutor maker = new ThreadPoolExecutor(
                1,
                1,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(1),
                task -> Thread.ofPlatform().name("berth-spares").daemon().unstarted(task));
        maker.allowCoreThreadTimeOut(true);
        return maker;
    }

    /** One that is ready, if there is one. */
    Optional<SpareProcess> take() {
        Optional<SpareProcess> taken = poll();
        fill();
        return taken;
    }

    private synchronized Optional<SpareProcess> poll() {
        return Optional.ofNullable(ready.pollFirst());
    }

    synchronized List<Long> ids() {
        return ready.stream().map(SpareProcess::pid).toList();
    }

    /** Has as many made as are missing. */
    synchronized void fill() {
        if (filling || closed) {
            return;
        }
        filling = true;
        try {
            maker.execute(this::fillUp);
        } catch (RejectedExecutionException e) {
            filling = false; // it is being closed
        }
    }

    private void fillUp() {
        try {
            while (wanted()) {
                add(make.get());
            }
        } catch (SystemCallException e) {
            // whoever asks next spawns its own, and has the error if that fails too
        } finally {
            stopFilling();
        }
    }

    private synchronized void stopFilling() {
        filling = false;
    }

    private synchronized boolean wanted() {
        return !closed && ready.size() < COUNT;
    }

    private void add(SpareProcess made) {
        synchronized (this) {
            if (!closed) {
                ready.addLast(made);
                return;
            }
        }
        made.end();
    }

    /** Ends those that wait. */
    @Override
    public void close() {
        List<SpareProcess> left;
        synchronized (this) {
            closed = true;
            left = new ArrayList<>(ready);
            ready.clear();
        }
        maker.shutdown();
        left.forEach(SpareProcess::end);
    }
}
