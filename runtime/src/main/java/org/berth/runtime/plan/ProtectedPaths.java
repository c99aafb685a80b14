package org.berth.runtime.plan;

import java.util.ArrayList;
import java.util.List;

/** Paths of /proc and /sys that a container must not read, or not write, whatever runtime starts it. */
public final class ProtectedPaths {
    /** Not to be written to. */
    public static final List<String> READ_ONLY =
            List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

    static final List<String> MASKED_FILES = List.of(
            "/proc/interrupts",
            "/proc/kcore",
            "/proc/keys",
            "/proc/latency_stats",
            "/proc/sched_debug",
            "/proc/timer_list",
            "/proc/timer_stats");

    private static final List<String> MASKED_FOLDERS =
            List.of("/proc/acpi", "/proc/asound", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap");

    private ProtectedPaths() {}

    /** Not to be looked into. @param processors how many the machine has */
    static List<String> maskedFolders(int processors) {
        List<String> folders = new ArrayList<>(MASKED_FOLDERS);
        for (int i = 0; i < processors; i++) {
            folders.add("/sys/devices/system/cpu/cpu" + i + "/thermal_throttle");
        }
        return folders;
    }

    /** All that is not to be read, files and folders. @param processors how many the machine has */
    public static List<String> masked(int processors) {
        List<String> all = new ArrayList<>(MASKED_FILES);
        all.addAll(maskedFolders(processors));
        return all;
    }
}
