package org.berth.linux.cgroup;

/**
 * What a group uses now.
 *
 * @param memoryBytes with the page cache
 * @param inactiveFileBytes the part of it that the kernel takes back at once when it needs memory
 * @param memoryLimitBytes {@link Long#MAX_VALUE} without a limit
 * @param cpuNanos processor time since it was made
 * @param pids processes and threads
 * @param outOfMemoryKills processes the kernel has killed in it for lack of memory
 * @param throttledPeriods periods of 100 ms in which it wanted more processor time than its limit
 */
public record CgroupUsage(
        long memoryBytes,
        long inactiveFileBytes,
        long memoryLimitBytes,
        long cpuNanos,
        long pids,
        long outOfMemoryKills,
        long throttledPeriods) {}
