package org.berth.linux;

import java.util.concurrent.atomic.AtomicBoolean;

/** An open file descriptor that this process owns; closed once, by {@link #close()}. */
public final class Descriptor implements AutoCloseable {
    private final int number;
    private final AtomicBoolean open = new AtomicBoolean(true);

    public Descriptor(int number) {
        if (number < 0) {
            throw new IllegalArgumentException("a descriptor is not negative: " + number);
        }
        this.number = number;
    }

    /** The descriptor's number in this process. */
    public int number() {
        return number;
    }

    /** A path that names the open file, good while it is open: {@code /proc/self/fd/N}. */
    public String path() {
        return "/proc/self/fd/" + number;
    }

    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            SystemCalls.attempt(SystemCallNumber.CLOSE, number);
        }
    }
}
