package org.berth.runtime;

import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * A container's limits; what is empty is not limited.
 *
 * @param memoryBytes memory, swap not on top of it
 * @param cpus processors' worth of time, 1.5 is one and a half
 * @param pids processes and threads
 */
public record Resources(OptionalLong memoryBytes, OptionalDouble cpus, OptionalLong pids) {
    /** No limit but the engine's default of processes. */
    public static final Resources UNLIMITED =
            new Resources(OptionalLong.empty(), OptionalDouble.empty(), OptionalLong.empty());
}
