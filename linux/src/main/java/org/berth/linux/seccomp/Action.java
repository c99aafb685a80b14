package org.berth.linux.seccomp;

/** What becomes of a system call (seccomp(2)); each is one return value of a filter. */
public sealed interface Action {
    /** SECCOMP_RET_*: the value a filter returns. */
    int value();

    /** It is made. */
    record Allow() implements Action {
        @Override
        public int value() {
            return 0x7fff0000;
        }
    }

    /** It is made, and the kernel's log says so. */
    record Log() implements Action {
        @Override
        public int value() {
            return 0x7ffc0000;
        }
    }

    /** It is not made and gives this error number, 0 to 4095 (0: it seems made). */
    record Refuse(int errno) implements Action {
        public Refuse {
            if (errno < 0 || errno > 4095) {
                throw new IllegalArgumentException("an error number is 0 to 4095, not " + errno);
            }
        }

        @Override
        public int value() {
            return 0x00050000 | errno;
        }
    }

    /** A listener decides; at most one filter of a process may have one. */
    record Notify() implements Action {
        @Override
        public int value() {
            return 0x7fc00000;
        }
    }

    /** A tracer decides, and gets this number; without one it gives ENOSYS. */
    record Trace(int message) implements Action {
        public Trace {
            if (message < 0 || message > 0xffff) {
                throw new IllegalArgumentException("a tracer's message is 0 to 65535, not " + message);
            }
        }

        @Override
        public int value() {
            return 0x7ff00000 | message;
        }
    }

    /** SIGSYS. */
    record Trap() implements Action {
        @Override
        public int value() {
            return 0x00030000;
        }
    }

    /** The calling thread ends. */
    record KillThread() implements Action {
        @Override
        public int value() {
            return 0;
        }
    }

    /** The process ends, as by SIGSYS. */
    record KillProcess() implements Action {
        @Override
        public int value() {
            return 0x80000000;
        }
    }
}
