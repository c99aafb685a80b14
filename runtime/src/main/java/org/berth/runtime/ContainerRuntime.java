package org.berth.runtime;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.berth.linux.Descriptor;

/**
 * Containers of one instance. A container's folder in {@code BERTH_RUN} ({@code containers/ID})
 * holds what outlives the daemon: the monitor's and process's ids with start time and boot id, the
 * exit record. Processes are never children of the JVM; see ARCHITECTURE.md, a container's birth.
 */
public interface ContainerRuntime {
    /**
     * Starts a container.
     *
     * @param meanwhile what its program needs and its birth does not: done beside that
     * @throws org.berth.base.BerthException with the label of the system call that failed, after
     *     everything made so far is removed; a program that can't be found or executed says so; what {@code
     *     meanwhile} throws, as it is
     */
    StartedProcess launch(ContainerSpec spec, Output output, Meanwhile meanwhile);

    /** Starts a container for which nothing is made meanwhile. */
    default StartedProcess launch(ContainerSpec spec, Output output) {
        return launch(spec, output, Meanwhile.NOTHING);
    }

    /**
     * Work beside a container's birth: its addresses, its published ports. Its namespaces and mounts are made at the same
     * time; its program is executed after both.
     */
    @FunctionalInterface
    interface Meanwhile {
        /** There is none. */
        Meanwhile NOTHING = () -> {};

        /** Does it. What it throws ends the birth. */
        void makeReady();
    }

    /**
     * The runtime of another name ("runc", "crun", a program's absolute path), to launch with; from then on
     * its containers are this one's too.
     *
     * @throws org.berth.base.BerthException when it is not known or not installed
     */
    default ContainerRuntime named(String name) {
        throw new org.berth.base.BerthException(
                org.berth.base.ErrorCode.UNSUPPORTED, "runtime " + name + ": this is the only one here");
    }

    /** Runs one more process in a running container. {@code id} names the exec in its folder. */
    StartedProcess exec(String containerId, String execId, ProcessSpec process, Output output);

    /** What is known of a container's first process: for adoption after a daemon's restart. */
    Optional<StartedProcess> find(String containerId);

    /**
     * Every container that was launched and not deleted, whether it runs or not: for the next daemon to
     * delete those it knows nothing of.
     */
    List<String> ids();

    /** Sends a signal to the first process. A container that has ended is NOT_FOUND. */
    void kill(String containerId, int signal);

    /**
     * Whether its first process, and no other, has the process id that {@link #find} and {@link #launch} gave. While it
     * has not been seen to end, the kernel may have given the number to another already: whoever has opened something by
     * the number asks here after it.
     */
    boolean lives(String containerId);

    /** Stops and resumes all its processes (cgroup freezer). */
    void freeze(String containerId, boolean frozen);

    /** Kills what is left of it and removes its cgroups and its folder in BERTH_RUN. Idempotent. */
    void delete(String containerId);

    /**
     * Waits until the kernel has let go of a deleted container's mounts, which comes a little after its
     * end: before its root is mounted again, or becomes a layer. Nothing when there is nothing to wait for.
     *
     * @throws BerthException TIMEOUT when that takes too long
     */
    void settle(String containerId);

    /** What it uses now; empty when it does not run. */
    Optional<Usage> usage(String containerId);

    /** The processes in it, host pids. */
    List<Long> processes(String containerId);

    /** Changes the limits of a running container. */
    void update(String containerId, Resources resources);

    /** What users should know of this machine: "limits of memory don't hold: ...". */
    default List<String> warnings() {
        return List.of();
    }

    /** What isolates it, as the kernel tells it, for people. */
    Explanation explain(String containerId);

    /**
     * A process that was started.
     *
     * @param pid the host's process id of the first process
     * @param exit completes when it has ended, also when it ended while no daemon ran
     * @param terminal the master side of its terminal, when it has one and it runs: to type on and to
     *     resize. Whoever gets it closes it, and does not read from it: the monitor does, so that what
     *     the terminal shows comes by the log as stream 1, and goes on while no daemon runs
     */
    record StartedProcess(long pid, CompletableFuture<ExitStatus> exit, Optional<Descriptor> terminal) {}

    /**
     * Where output and input go. Output is pumped by the monitor into a log file of frames {stream,
     * length, time, bytes} that the daemon only reads (see {@code LogFrames}), so that it goes on
     * while no daemon runs.
     *
     * @param log the file the monitor appends frames to; its folder exists
     * @param input the read end that becomes standard input (closed by launch); empty: /dev/null
     */
    record Output(Path log, Optional<Descriptor> input) {}

    /** Usage now; bytes, nanoseconds of processor time, counts. */
    record Usage(
            long memoryBytes,
            long memoryLimitBytes,
            long cpuNanos,
            long pids,
            long outOfMemoryKills,
            long throttledPeriods) {}

    /**
     * What isolates a container.
     *
     * @param sections titles with their lines: namespaces, root and layers, mounts, limits and usage,
     *     capabilities, seccomp, interfaces, addresses, routes
     * @param program the labelled system calls that made it, one a line
     * @param filter what its filter of system calls allows, refuses and makes conditions of
     * @param learned a profile of the calls it made, once it has ended, when it was started to learn them
     */
    record Explanation(List<Section> sections, List<String> program, List<String> filter, Optional<String> learned) {
        public record Section(String title, List<String> lines) {}
    }
}
