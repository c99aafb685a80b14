package org.berth.runtime.plan;

/**
 * What a plan depends on of the machine it is made for.
 *
 * @param kernelMajor "6" of 6.18
 * @param kernelMinor "18" of 6.18
 * @param lastCapability the highest capability the kernel knows (/proc/sys/kernel/cap_last_cap)
 * @param processors how many cpuN folders /sys/devices/system/cpu has
 * @param openFilesMax the hard limit of open files, which can be lowered only
 * @param lent whether Berth runs in a user namespace below the machine's: devices can't be made there, only lent
 */
public record HostFacts(
        int kernelMajor, int kernelMinor, int lastCapability, int processors, long openFilesMax, boolean lent) {
    /** Of a machine whose root Berth is. */
    public HostFacts(int kernelMajor, int kernelMinor, int lastCapability, int processors, long openFilesMax) {
        this(kernelMajor, kernelMinor, lastCapability, processors, openFilesMax, false);
    }

    /** Whether fsconfig(2) takes an overlay's layers one by one (Linux 6.8). */
    boolean overlayTakesLayersOneByOne() {
        return atLeast(6, 8);
    }

    /** Whether a mount that is attached nowhere can be copied (Linux 6.15). */
    boolean copiesDetachedMounts() {
        return atLeast(6, 15);
    }

    /**
     * Whether a container can have ids of its own: layers and binds are mounted through a mapping while they are attached
     * nowhere, with open_tree_attr(2) (Linux 6.15).
     */
    public boolean mapsIds() {
        return atLeast(6, 15);
    }

    private boolean atLeast(int major, int minor) {
        return kernelMajor > major || kernelMajor == major && kernelMinor >= minor;
    }
}
