package org.berth.engine;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.berth.engine.ContainerState.Health;
import org.berth.engine.ContainerState.Status;
import org.berth.network.Networks.Attachment;
import org.berth.runtime.ContainerRuntime.StartedProcess;
import org.berth.runtime.ExitStatus;

/**
 * A container in this daemon's memory. Its record changes only under {@link #lock}, which is held for
 * a start, an end, a removal, and never while waiting for a process; reading needs no lock.
 */
final class LiveContainer {
    static final String RECORD = "container.json";
    /** The record's name from the moment that the container is being removed. */
    static final String REMOVING = "removing.json";

    static final String LOG = "log.frames";

    /** Held while its life changes. */
    final ReentrantLock lock = new ReentrantLock();

    final Waiters waiters = new Waiters();
    final Map<String, LiveExec> execs = new ConcurrentHashMap<>(0);
    private final Path folder;
    private final Records records;
    private volatile ContainerRecord record;
    private volatile Optional<StartedProcess> process = Optional.empty();
    private volatile Health health = HealthRule.NONE;
    private volatile Map<String, Attachment> networks = Map.of();
    private volatile Run run = new Run();
    private volatile Timer.Task due = Timer.Task.NONE;
    private volatile boolean holds;
    private volatile Optional<String> learned = Optional.empty();

    LiveContainer(Path folder, ContainerRecord record, Records records) {
        this.records = records;
        this.folder = folder;
        this.record = record;
    }

    String id() {
        return record.id();
    }

    /** A profile of the system calls that its last run made, when it was to be learned; it goes with the daemon. */
    Optional<String> learned() {
        return learned;
    }

    void learned(Optional<String> profile) {
        learned = profile;
    }

    /** {@code BERTH_ROOT/containers/ID}. */
    Path folder() {
        return folder;
    }

    Path log() {
        return folder.resolve(LOG);
    }

    ContainerRecord record() {
        return record;
    }

    ContainerRecord.Progress progress() {
        return record.progress();
    }

    boolean active() {
        return record.progress().active();
    }

    /**
     * Stores the record, then shows it. A change that was asked for is stored or refused; what has happened (a start, an
     * end) is so even while the disk is full.
     */
    void store(ContainerRecord to) {
        if (to.request().equals(record.request())) {
            records.keep(folder.resolve(RECORD), to);
        } else {
            records.write(folder.resolve(RECORD), to);
        }
        record = to;
    }

    void store(ContainerRecord.Progress to) {
        store(record.with(to));
    }

    /** From now on it is being removed, also for the next daemon. */
    void beginRemoval() {
        if (progress().status() != Status.REMOVING) {
            records.rename(folder.resolve(RECORD), folder.resolve(REMOVING));
            record = record.with(progress().withStatus(Status.REMOVING));
        }
    }

    /** Whether it holds something of the machine: a process, control groups, addresses. Under the lock. */
    boolean holds() {
        return holds;
    }

    void holds(boolean to) {
        holds = to;
    }

    Optional<StartedProcess> process() {
        return process;
    }

    void process(Optional<StartedProcess> to) {
        process = to;
    }

    Health health() {
        return health;
    }

    void health(Health to) {
        health = to;
    }

    Map<String, Attachment> networks() {
        return networks;
    }

    void networks(Map<String, Attachment> to) {
        networks = to;
    }

    /** The run that goes on, or else the next one. */
    Run run() {
        return run;
    }

    /** Ends the run for those who are attached, and readies the next. */
    void endRun() {
        Run over = run;
        run = new Run();
        over.end();
    }

    /** What is due for it: a restart or a health probe; at most one. */
    void due(Timer.Task task) {
        due.cancel();
        due = task;
    }

    /** How it ended last. */
    ExitStatus lastExit() {
        ContainerRecord.Progress progress = record.progress();
        return new ExitStatus(
                progress.exitCode(), progress.outOfMemory(), progress.finished().orElse(Instant.EPOCH));
    }

    /** What others see. */
    ContainerState state() {
        ContainerRecord now = record;
        ContainerRecord.Progress progress = now.progress();
        return new ContainerState(
                now.id(),
                now.request(),
                now.imageId(),
                now.plan().arguments(),
                progress.status(),
                progress.active() ? process.map(StartedProcess::pid).orElse(0L) : 0L,
                progress.exitCode(),
                progress.outOfMemory(),
                progress.failure(),
                now.created(),
                progress.started(),
                progress.finished(),
                progress.restarts(),
                health,
                networks,
                now.ports(),
                execs.values().stream()
                        .filter(exec -> !exec.isOver())
                        .map(LiveExec::id)
                        .toList());
    }
}
