package org.berth.engine;

import org.berth.linux.Descriptor;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/** Signals to processes that are not a container's first one. */
final class Processes {
    private Processes() {}

    /** Kills a process, by descriptor (pidfd_open(2)); one that has ended is fine. */
    static void kill(long pid) {
        if (pid <= 1) {
            throw new IllegalArgumentException("not a process of a container: " + pid);
        }
        long descriptor = SystemCalls.attempt(SystemCallNumber.PIDFD_OPEN, pid, 0);
        if (descriptor >= 0) {
            try (Descriptor process = new Descriptor((int) descriptor)) {
                SystemCalls.attempt(SystemCallNumber.PIDFD_SEND_SIGNAL, process.number(), Signals.KILL, 0, 0);
            }
        }
    }
}
