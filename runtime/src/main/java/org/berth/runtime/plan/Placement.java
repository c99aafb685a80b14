package org.berth.runtime.plan;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where on the host a process is started.
 *
 * @param monitorName the monitor's name as ps(1) shows it, at most 15 bytes: "berth-abc234"
 * @param folder the folder of its records in {@code BERTH_RUN}; exists
 * @param log the file that takes its output; its folder exists
 * @param input whether a descriptor is passed that becomes standard input
 * @param cgroups the control groups it joins; exist
 * @param seccomp a BPF program, if one is to be loaded
 * @param listener whether it tells of calls to a listener, whose descriptor the process then holds until it executes
 * @param gate whether a descriptor is passed that it waits at, before it executes its program: the read end of a pipe
 */
public record Placement(
        String monitorName,
        Path folder,
        Path log,
        boolean input,
        List<Group> cgroups,
        Optional<byte[]> seccomp,
        boolean listener,
        boolean gate) {
    public Placement {
        cgroups = List.copyOf(cgroups);
    }

    /** One whose filter, if any, tells nobody. */
    public Placement(
            String monitorName, Path folder, Path log, boolean input, List<Group> cgroups, Optional<byte[]> seccomp) {
        this(monitorName, folder, log, input, cgroups, seccomp, false, false);
    }

    /** The same with a filter that tells a listener. */
    public Placement listening() {
        return new Placement(monitorName, folder, log, input, cgroups, seccomp, true, gate);
    }

    /** The same with a gate. */
    public Placement gated() {
        return new Placement(monitorName, folder, log, input, cgroups, seccomp, listener, true);
    }

    /** The same with this filter, or none. */
    public Placement withFilter(Optional<byte[]> program) {
        return new Placement(monitorName, folder, log, input, cgroups, program, listener, gate);
    }

    /** The same without a filter. */
    public Placement withoutFilter() {
        return new Placement(monitorName, folder, log, input, cgroups, Optional.empty(), listener, gate);
    }

    /**
     * The container's group in one hierarchy.
     *
     * @param folder on the host
     * @param mountName its folder below /sys/fs/cgroup in the container; "" for /sys/fs/cgroup itself
     *     (a machine with v2 only)
     * @param unified whether the hierarchy is v2
     */
    public record Group(Path folder, String mountName, boolean unified) {}
}
