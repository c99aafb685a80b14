package org.berth.runtime;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.Pipe;
import org.berth.linux.launch.EncodedProgram;
import org.berth.linux.launch.Launch;
import org.berth.linux.launch.Launch.Result;
import org.berth.linux.launch.Launcher;
import org.berth.runtime.plan.Execution;

/** Runs a launch program that has a monitor, and waits until its process executes, or says why not. */
final class ProcessStarter {
    /** How long a process may take from the spawn to its exec: mounts on a slow disk included. */
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);

    /** How long a monitor may take to end once its process has. */
    static final Duration END_TIMEOUT = Duration.ofSeconds(10);

    /** How long the monitor of a process that failed to start may take to end by itself. */
    private static final Duration ABORT_TIMEOUT = Duration.ofSeconds(2);

    private static final int SIGKILL = 9;
    private static final List<String> ARGUMENTS = List.of("berth");

    private final Launcher launcher;
    private final ExitWatch watch;

    ProcessStarter(Launcher launcher, ExitWatch watch) {
        this.launcher = launcher;
        this.watch = watch;
    }

    /**
     * What was started.
     *
     * @param end a pipe that ends when the monitor has recorded the process's exit, which it may do some time
     *     before its own end; empty when this monitor does not
     * @param pid the process's id, as its monitor sees it
     */
    record Started(ProcessDescriptor monitor, Optional<Descriptor> end, long pid) {}

    /**
     * Starts it.
     *
     * @param what names it in errors: "container 0123456789ab"
     * @throws BerthException when a step fails; its monitor has ended then
     */
    Started start(EncodedProgram program, List<Descriptor> passed, String what) {
        return start(program, passed, Beside.NOTHING, what);
    }

    /**
     * The same of a process that waits at a gate, the last of what is passed to it, until work beside its birth is done.
     *
     * @throws RuntimeException what the work throws; the monitor has ended then
     */
    Started start(EncodedProgram program, List<Descriptor> passed, Beside ready, String what) {
        if (ready == Beside.NOTHING) {
            return begin(program, passed, () -> {}, what);
        }
        try (Pipe gate = Pipe.open("make a gate")) {
            List<Descriptor> all = new ArrayList<>(passed);
            all.add(gate.read());
            return begin(program, all, () -> open(gate, ready), what);
        }
    }

    /** Its end without a byte tells the process that nothing will come of it. */
    private static void open(Pipe gate, Beside ready) {
        gate.read().close();
        try (Descriptor _ = gate.write()) {
            ready.join();
            gate.writeByte(1); // whether anybody is left to read it, the status pipe tells
        }
    }

    private Started begin(EncodedProgram program, List<Descriptor> passed, Runnable beside, String what) {
        try (Launch launch = launcher.start(program, ARGUMENTS, passed)) {
            // not reaped by anybody but us: the id is still the monitor's
            ProcessDescriptor monitor = ProcessDescriptor.open(launch.pid()).orElseThrow();
            try {
                beside.run();
                Result.Started started = check(await(launch), what);
                Optional<Descriptor> end = started.executed() ? Optional.of(launch.takeStatus()) : Optional.empty();
                return new Started(monitor, end, started.pid());
            } catch (RuntimeException e) {
                abort(monitor);
                throw e;
            }
        }
    }

    /** A virtual thread must not wait in the kernel: few threads carry all of them. */
    private Result await(Launch launch) {
        return Thread.currentThread().isVirtual()
                ? launch.await(START_TIMEOUT, this::awaitReadable)
                : launch.await(START_TIMEOUT);
    }

    private boolean awaitReadable(Descriptor descriptor, long nanoseconds) {
        CompletableFuture<Void> readable = new CompletableFuture<>();
        Runnable end = watch.watch(descriptor, () -> readable.complete(null));
        boolean inTime = waitFor(readable, Duration.ofNanos(Math.max(0, nanoseconds)));
        end.run();
        return inTime;
    }

    private static Result.Started check(Result result, String what) {
        return switch (result) {
            case Result.Started started -> started;
            case Result.Failed failed -> throw error(failed);
            case Result.Ended ended ->
                throw new BerthException(ErrorCode.INTERNAL, what + ": its monitor was killed while it started");
            case Result.TimedOut timedOut ->
                throw new BerthException(
                        ErrorCode.TIMEOUT, what + ": did not start within " + START_TIMEOUT.toSeconds() + " s");
        };
    }

    private static BerthException error(Result.Failed failed) {
        String message = failed.message();
        if (!failed.step().label().startsWith(Execution.LABEL)) {
            return new BerthException(ErrorCode.KERNEL, message);
        }
        boolean missing = failed.errno() == 0 || failed.errno() == Errno.ENOENT || failed.errno() == Errno.ENOTDIR;
        int code = missing ? ProgramNotStarted.NOT_FOUND : ProgramNotStarted.NOT_EXECUTABLE;
        return new BerthException(ErrorCode.INVALID, message, new ProgramNotStarted(message, code));
    }

    /** The monitor ends by itself once its process has; what hangs is killed, and its process with it. */
    private void abort(ProcessDescriptor monitor) {
        try (monitor) {
            if (!awaitReadable(monitor.descriptor(), ABORT_TIMEOUT.toNanos())) {
                monitor.signal(SIGKILL);
                awaitReadable(monitor.descriptor(), END_TIMEOUT.toNanos());
            }
            monitor.reap();
        }
    }

    /** Waits. @return whether it came in time */
    static boolean waitFor(CompletableFuture<?> future, Duration timeout) {
        try {
            future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BerthException(ErrorCode.INTERNAL, "interrupted while a process ended", e);
        }
    }
}
