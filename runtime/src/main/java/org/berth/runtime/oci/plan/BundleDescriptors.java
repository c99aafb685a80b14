package org.berth.runtime.oci.plan;

import org.berth.linux.launch.Launcher;
import org.berth.runtime.plan.Descriptors;

/** Numbers of descriptors that a launch program and the runtime know of each other. */
public final class BundleDescriptors {
    /** Passed first: the program's end of the socket for {@link SyncMessage}s. */
    public static final int SYNC = Launcher.FIRST_PASSED_DESCRIPTOR;

    /** Passed next: first those to be preserved, then the user namespaces of id-mapped mounts. */
    public static final int NEXT = SYNC + 1;

    /** Where the master side of the terminal is held. */
    public static final int TERMINAL = Descriptors.TERMINAL;

    /** Where the filter's listener is held (seccomp_unotify(2)). */
    public static final int LISTENER = 102;

    /** Where the program held for {@code start} writes a failure to; see {@link BundlePlacement#resultFifo}. */
    static final int RESULT = 103;

    /** Where it waits for {@code start}. */
    static final int WAIT = 104;

    /** The talk, out of the way of descriptors that are preserved. */
    static final int TALK = 105;

    /** The status pipe, as that. */
    static final int STATUS = 106;

    /** The most descriptors that may be preserved: those above are ours. */
    public static final int PRESERVED_MAX = TERMINAL - NEXT - 1;

    private BundleDescriptors() {}
}
