package org.berth.image.store;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Work that is done some time after it was first asked for, once for all who asked meanwhile, at the latest at the end. */
final class LaterOnce implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LaterOnce.class);

    private final Runnable work;
    private final Duration delay;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final AtomicBoolean asked = new AtomicBoolean();
    private final ReentrantLock working = new ReentrantLock();

    LaterOnce(Duration delay, Runnable work) {
        this.delay = delay;
        this.work = work;
    }

    /** Asks for the work. */
    void soon() {
        if (asked.compareAndSet(false, true)) {
            Thread.ofPlatform().daemon().name("berth later").start(this::waitAndWork);
        }
    }

    /** Does now what was asked for, and waits for what is being done. */
    @Override
    public void close() {
        closing.countDown();
        workIfAsked();
    }

    private void waitAndWork() {
        try {
            if (!closing.await(delay.toMillis(), TimeUnit.MILLISECONDS)) {
                workIfAsked();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void workIfAsked() {
        working.lock();
        try {
            if (asked.compareAndSet(true, false)) {
                work.run();
            }
        } catch (RuntimeException e) {
            LOG.warn("work that was put off failed: {}", e.getMessage());
        } finally {
            working.unlock();
        }
    }
}
