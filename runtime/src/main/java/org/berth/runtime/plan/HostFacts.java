package org.berth.runtime.plan;

/**
 * What a plan depends on of the machine it is made for.
 *
 * @param kernelMajor "6" of 6.18
 * @param kernelMinor "18" of 6.18
 * @param lastCapability the highest capability the kernel knows (/proc/sys/kernel/cap_last_cap)
 * @param processors how many cpuN folders /sys/devices/system/cpu has
 * @param openFilesMax the hard limit of open files, which can be lowered only
 */
public record HostFacts(int kernelMajor, int kernelMinor, int lastCapability, int processors, long openFilesMax) {
    /** Whether overlayfs takes layers by descriptors of mounts that are attached nowhere (Linux 6.15). */
    boolean overlayTakesDetachedLayers() {
        return kernelMajor > 6 || kernelMajor == 6 && kernelMinor >= 15;
    }
}
