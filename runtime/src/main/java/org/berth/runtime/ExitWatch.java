package org.berth.runtime;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/**
 * Waits for the ends of all processes at once: one platform thread with one epoll(7) over pidfds, so
 * that an idle container costs no thread.
 */
final class ExitWatch implements AutoCloseable {
    private static final int EPOLL_CTL_ADD = 1;
    private static final int EPOLL_CTL_DEL = 2;
    private static final int EPOLLIN = 1;
    private static final int EPOLL_CLOEXEC = 0x80000;
    private static final int EFD_CLOEXEC = 0x80000;
    private static final int EVENT_SIZE = 12; // packed on x86-64: u32 events, u64 data
    private static final int EVENTS_MAX = 64;
    private static final long CLOSING = 0;

    private final Descriptor epoll;
    private final Descriptor wake;
    private final Map<Long, Watched> watched = new ConcurrentHashMap<>();
    private final AtomicLong keys = new AtomicLong(CLOSING);
    private final Thread thread;

    private record Watched(Descriptor descriptor, Runnable ready) {}

    ExitWatch() {
        epoll = new Descriptor((int) SystemCalls.call("make an epoll", SystemCallNumber.EPOLL_CREATE1, EPOLL_CLOEXEC));
        wake = new Descriptor((int) SystemCalls.call("make an eventfd", SystemCallNumber.EVENTFD2, 0, EFD_CLOEXEC));
        control(EPOLL_CTL_ADD, wake, CLOSING);
        thread = Thread.ofPlatform().name("berth-exits").daemon().start(this::run);
    }

    /**
     * Calls {@code ready} once, on a virtual thread, when the descriptor can be read: for a pidfd, when
     * the process has ended. It must stay open until then, or until it is no longer watched.
     *
     * @return ends the watching
     */
    Runnable watch(Descriptor descriptor, Runnable ready) {
        long key = keys.incrementAndGet();
        watched.put(key, new Watched(descriptor, ready));
        control(EPOLL_CTL_ADD, descriptor, key);
        return () -> {
            if (watched.remove(key) != null) {
                control(EPOLL_CTL_DEL, descriptor, key);
            }
        };
    }

    private void control(int operation, Descriptor descriptor, long key) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment event = arena.allocate(EVENT_SIZE, 8);
            event.set(ValueLayout.JAVA_INT, 0, EPOLLIN);
            event.set(ValueLayout.JAVA_LONG_UNALIGNED, 4, key);
            SystemCalls.call(
                    "watch a process",
                    SystemCallNumber.EPOLL_CTL,
                    epoll.number(),
                    operation,
                    descriptor.number(),
                    event.address());
        }
    }

    private void run() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment events = arena.allocate((long) EVENT_SIZE * EVENTS_MAX, 8);
            while (true) {
                long count = SystemCalls.attempt(
                        SystemCallNumber.EPOLL_WAIT, epoll.number(), events.address(), EVENTS_MAX, -1);
                if (count < 0 && count != -Errno.EINTR) {
                    throw new SystemCallException("wait for the ends of processes", (int) -count);
                }
                for (int i = 0; i < count; i++) {
                    long key = events.get(ValueLayout.JAVA_LONG_UNALIGNED, (long) i * EVENT_SIZE + 4);
                    if (key == CLOSING) {
                        return;
                    }
                    ready(key);
                }
            }
        }
    }

    private void ready(long key) {
        Watched ready = watched.remove(key);
        if (ready != null) {
            control(EPOLL_CTL_DEL, ready.descriptor(), key);
            Thread.ofVirtual().name("berth-exit").start(ready.ready());
        }
    }

    /** Stops watching; what was watched is not called. */
    @Override
    public void close() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment one = arena.allocateFrom(ValueLayout.JAVA_LONG, 1L);
            SystemCalls.call("stop watching", SystemCallNumber.WRITE, wake.number(), one.address(), Long.BYTES);
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        watched.clear();
        wake.close();
        epoll.close();
    }
}
