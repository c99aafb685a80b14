package org.berth.compose;

import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * The limits of one task; what is empty is not limited.
 *
 * @param memoryBytes memory
 * @param cpus processors' worth of time, 1.5 is one and a half
 * @param pids processes and threads
 */
public record Limits(OptionalLong memoryBytes, OptionalDouble cpus, OptionalLong pids) {
    public static final Limits NONE = new Limits(OptionalLong.empty(), OptionalDouble.empty(), OptionalLong.empty());
}
