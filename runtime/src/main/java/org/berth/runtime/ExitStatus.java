package org.berth.runtime;

import java.time.Instant;

/**
 * How a process ended.
 *
 * @param code the exit code, or 128 + the signal's number, as a shell gives it
 * @param outOfMemory whether the kernel killed in its cgroup for lack of memory
 * @param at when
 */
public record ExitStatus(int code, boolean outOfMemory, Instant at) {}
