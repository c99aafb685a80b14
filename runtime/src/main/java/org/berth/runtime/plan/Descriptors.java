package org.berth.runtime.plan;

/** Numbers under which a monitor holds what the daemon takes from it by pidfd_getfd(2). */
public final class Descriptors {
    /** The master side of the process's terminal. */
    public static final int TERMINAL = 100;

    /** A pidfd of the process. */
    public static final int PROCESS = 101;

    private Descriptors() {}
}
