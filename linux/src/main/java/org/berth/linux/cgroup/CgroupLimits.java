package org.berth.linux.cgroup;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * A group's limits; what is empty is not limited.
 *
 * @param memoryBytes memory; swap does not come on top of it
 * @param cpus processors' worth of time: 1.5 is one and a half
 * @param cpuShares weight against other groups, 2 to 262144, 1024 when empty
 * @param pids processes and threads
 * @param devices the devices that may be used; all others are refused
 */
public record CgroupLimits(
        OptionalLong memoryBytes,
        OptionalDouble cpus,
        OptionalLong cpuShares,
        OptionalLong pids,
        List<DeviceRule> devices) {
    /** The least memory a group starts with: below it not even the first program is loaded. */
    public static final long MEMORY_BYTES_MIN = 512 * 1024;

    public CgroupLimits {
        devices = List.copyOf(devices);
        if (memoryBytes.isPresent() && memoryBytes.getAsLong() < MEMORY_BYTES_MIN) {
            throw new IllegalArgumentException(
                    "memory limit " + memoryBytes.getAsLong() + ": expected at least " + MEMORY_BYTES_MIN + " bytes");
        }
        if (cpus.isPresent() && !(cpus.getAsDouble() >= 0.01 && cpus.getAsDouble() <= 8192)) {
            throw new IllegalArgumentException("cpus " + cpus.getAsDouble() + ": expected 0.01 to 8192");
        }
        if (cpuShares.isPresent() && (cpuShares.getAsLong() < 2 || cpuShares.getAsLong() > 262_144)) {
            throw new IllegalArgumentException("cpu shares " + cpuShares.getAsLong() + ": expected 2 to 262144");
        }
        if (pids.isPresent() && pids.getAsLong() < 1) {
            throw new IllegalArgumentException("pids " + pids.getAsLong() + ": expected at least 1");
        }
    }

    /** No limit but the standard devices. */
    public static CgroupLimits none() {
        return new CgroupLimits(
                OptionalLong.empty(),
                OptionalDouble.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                DeviceRule.STANDARD);
    }
}
