package org.berth.runtime;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.berth.linux.cgroup.GroupResources;

/**
 * A container's limits; what is empty is not limited.
 *
 * @param memoryBytes memory, swap not on top of it
 * @param cpus processors' worth of time, 1.5 is one and a half
 * @param pids processes and threads
 * @param more what few containers ask for: weights, sets of processors, disks, swap, devices; set after the others, over
 *     them. Its devices are the whole list
 */
public record Resources(
        OptionalLong memoryBytes, OptionalDouble cpus, OptionalLong pids, Optional<GroupResources> more) {
    /** No limit but the engine's default of processes. */
    public static final Resources UNLIMITED =
            new Resources(OptionalLong.empty(), OptionalDouble.empty(), OptionalLong.empty());

    /** Those that most have. */
    public Resources(OptionalLong memoryBytes, OptionalDouble cpus, OptionalLong pids) {
        this(memoryBytes, cpus, pids, Optional.empty());
    }

    /** The same with these others. */
    public Resources with(GroupResources others) {
        return new Resources(memoryBytes, cpus, pids, Optional.of(others));
    }
}
