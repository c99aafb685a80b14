package org.berth.runtime;

import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.berth.linux.Descriptor;
import org.berth.runtime.ContainerRuntime.StartedProcess;
import org.berth.runtime.plan.Descriptors;

/**
 * A process that was started by us or is adopted: its monitor and itself, held by pidfd, and the
 * promise of its exit.
 */
final class RunningProcess {
    /** What a process gets whose monitor was killed from outside: it is killed with it. */
    private static final int KILLED = 128 + 9;

    private static final int SIGKILL = 9;

    private final ProcessFolder folder;
    private final long pid;
    private final boolean terminal;
    private final Optional<ProcessDescriptor> monitor;
    private final Optional<ProcessDescriptor> process;
    private final Optional<Descriptor> end;
    private final CompletableFuture<Void> gone = new CompletableFuture<>();
    private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();

    private RunningProcess(
            ProcessFolder folder,
            long pid,
            boolean terminal,
            Optional<ProcessDescriptor> monitor,
            Optional<ProcessDescriptor> process,
            Optional<Descriptor> end) {
        this.folder = folder;
        this.pid = pid;
        this.terminal = terminal;
        this.monitor = monitor;
        this.process = process;
        this.end = end;
    }

    /**
     * One whose monitor was just started.
     *
     * @param started whose process id is for people: it may have ended by now
     */
    static RunningProcess started(ProcessFolder folder, boolean terminal, ProcessStarter.Started started) {
        // the monitor holds its pidfd from the clone on: no process id is trusted here
        Optional<ProcessDescriptor> process = started.monitor().takeProcess(Descriptors.PROCESS);
        return new RunningProcess(
                folder, started.pid(), terminal, Optional.of(started.monitor()), process, started.end());
    }

    /** One whose monitor was started by another daemon, and runs. */
    static RunningProcess adopted(ProcessFolder folder, boolean terminal, ProcessDescriptor monitor) {
        Optional<ProcessDescriptor> process = monitor.takeProcess(Descriptors.PROCESS);
        long pid = process.map(ProcessDescriptor::pid).orElse(-1L);
        return new RunningProcess(folder, pid, terminal, Optional.of(monitor), process, Optional.empty());
    }

    /** One that has ended while no daemon ran. */
    static RunningProcess ended(ProcessFolder folder, boolean terminal, boolean outOfMemory) {
        RunningProcess ended =
                new RunningProcess(folder, -1, terminal, Optional.empty(), Optional.empty(), Optional.empty());
        ended.gone.complete(null);
        ended.complete(ended.status(outOfMemory));
        return ended;
    }

    /**
     * Has {@code watch} run {@code after} and then complete the exit, when the process has ended: when its
     * monitor says so, or else when the monitor itself has ended. A monitor that was killed from outside has
     * recorded no exit: the kernel ends its process with it, but not one that has changed its user since
     * (prctl(2), PR_SET_PDEATHSIG). So it is killed, before anybody takes it for ended.
     *
     * @param killAll kills whatever else is left of it, and waits until it is gone
     */
    void watchWith(ExitWatch watch, BooleanSupplier outOfMemory, Runnable killAll, Runnable after) {
        Runnable ended = () -> {
            if (folder.exit().isEmpty()) {
                signal(SIGKILL);
                killAll.run();
            }
            ExitStatus status = status(outOfMemory.getAsBoolean());
            after.run();
            complete(status);
        };
        end.ifPresent(pipe -> watch.watch(pipe, () -> {
            pipe.close();
            ended.run();
        }));
        monitor.ifPresent(pidfd -> watch.watch(pidfd.descriptor(), () -> {
            pidfd.reap();
            if (end.isEmpty()) {
                ended.run();
            }
            var _ = exit.thenRun(() -> {
                pidfd.close();
                gone.complete(null);
            });
        }));
    }

    private ExitStatus status(boolean outOfMemory) {
        ExitRecord record = folder.exit().orElseGet(() -> new ExitRecord(KILLED, Instant.now()));
        return new ExitStatus(record.code(), outOfMemory, record.at());
    }

    private synchronized void complete(ExitStatus status) {
        exit.complete(status);
        process.ifPresent(ProcessDescriptor::close);
    }

    CompletableFuture<ExitStatus> exit() {
        return exit;
    }

    /** Completes when the monitor has ended too, and with it all that it kept of the process. */
    CompletableFuture<Void> gone() {
        return gone;
    }

    long pid() {
        return pid;
    }

    /** As the contract gives it, with a terminal descriptor of its own. */
    synchronized StartedProcess started() {
        Optional<Descriptor> master = terminal && !exit.isDone()
                ? monitor.flatMap(pidfd -> pidfd.take(Descriptors.TERMINAL))
                : Optional.empty();
        return new StartedProcess(pid, exit, master);
    }

    /**
     * A pidfd of the process for a launch program, while it runs; the caller closes it. Our own is closed at its end, and
     * its number may then be another process's.
     */
    synchronized Optional<Descriptor> descriptor() {
        return exit.isDone()
                ? Optional.empty()
                : process.map(held -> held.descriptor().duplicate());
    }

    /** Whether the process id is still this process's: a number stays its own until it was reaped. */
    boolean lives() {
        return signal(0);
    }

    /** Sends a signal. @return whether there was a process to take it */
    synchronized boolean signal(int signal) {
        return !exit.isDone() && process.isPresent() && process.get().signal(signal);
    }
}
