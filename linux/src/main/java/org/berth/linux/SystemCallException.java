package org.berth.linux;

/** A system call that the kernel refused, with its number (errno(3)) and what it was about. */
public final class SystemCallException extends RuntimeException {
    private final int errno;

    /**
     * @param action what was tried, in words, with the path: "mount proc on /proc"
     * @param errno the kernel's error number, positive
     */
    public SystemCallException(String action, int errno) {
        super(action + ": " + Errno.message(errno));
        this.errno = errno;
    }

    /** The kernel's error number, positive. */
    public int errno() {
        return errno;
    }
}
