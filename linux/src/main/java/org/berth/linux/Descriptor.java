package org.berth.linux;

import java.util.concurrent.atomic.AtomicBoolean;

/** An open file descriptor that this process owns; closed once, by {@link #close()}. */
public final class Descriptor implements AutoCloseable {
    private static final int F_DUPFD_CLOEXEC = 1030;

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

    /** Another number for the same open file, closed at an exec (fcntl(2), F_DUPFD_CLOEXEC). */
    public Descriptor duplicate() {
        return new Descriptor((int)
                SystemCalls.call("duplicate descriptor " + number, SystemCallNumber.FCNTL, number, F_DUPFD_CLOEXEC, 0));
    }

    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            SystemCalls.attempt(SystemCallNumber.CLOSE, number);
        }
    }
}
