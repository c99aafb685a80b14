package org.berth.linux.seccomp;

/** How a filter is loaded (SECCOMP_SET_MODE_FILTER). */
public enum FilterFlag {
    /** All threads of the process get it. */
    TSYNC("SECCOMP_FILTER_FLAG_TSYNC", 1),
    /** Refusals go to the kernel's log. */
    LOG("SECCOMP_FILTER_FLAG_LOG", 2),
    /** Speculative store bypass is not turned off. */
    SPEC_ALLOW("SECCOMP_FILTER_FLAG_SPEC_ALLOW", 4),
    /** A call that waits for the listener is only ended by a fatal signal (kernel 5.19). */
    WAIT_KILLABLE_RECV("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", 32);

    private final String ociName;
    private final int bit;

    FilterFlag(String ociName, int bit) {
        this.ociName = ociName;
        this.bit = bit;
    }

    /** As OCI names it. */
    public String ociName() {
        return ociName;
    }

    int bit() {
        return bit;
    }
}
