package org.berth.runtime.oci.lifecycle;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.runtime.oci.config.OciConfig;

/**
 * The operation "start": the process that waits at one FIFO is let go by a byte, and tells by another what
 * became of it: its end says that the program is executed.
 */
final class Starting {
    private static final long TIMEOUT_NANOS = 60_000_000_000L;
    private static final int MESSAGE_SIZE = 8;

    private final Environment environment;
    private final StateFolder folder;
    private boolean started;

    Starting(Environment environment, StateFolder folder) {
        this.environment = environment;
        this.folder = folder;
    }

    /**
     * Starts a created container.
     *
     * @throws BerthException when it can't be; it is killed then, and deleted where a poststart hook failed
     */
    void start() {
        try {
            release();
        } catch (RuntimeException e) {
            if (started) {
                new Deletion(environment, folder).delete(true);
            }
            throw e;
        }
    }

    private void release() {
        try (var _ = folder.lock()) {
            ContainerState state = folder.state().orElseThrow(() -> StateStore.missing(folder.id()));
            refuse(Status.of(folder, state));
            OciConfig config = OciConfig.parse(folder.config().orElseThrow());
            HookRunner hooks = new HookRunner(environment, folder, config, state);
            try (Descriptor process = Processes.open(state).orElseThrow(Starting::gone)) {
                try {
                    config.hooks().startContainer().forEach(hook -> hooks.runInside(hook, "created", process));
                    letGo();
                    started = true;
                    hooks.poststart();
                } catch (RuntimeException e) {
                    Kernel.signal(process, Kernel.SIGKILL);
                    awaitEnd(process);
                    throw e;
                }
            }
        }
    }

    private static void refuse(Status status) {
        switch (status) {
            case CREATED -> {}
            case STOPPED -> throw new BerthException(ErrorCode.CONFLICT, "cannot start a container that has stopped");
            case CREATING ->
                throw new BerthException(ErrorCode.CONFLICT, "cannot start a container that is not created yet");
            case RUNNING -> throw new BerthException(ErrorCode.CONFLICT, "cannot start an already running container");
            case PAUSED -> throw new BerthException(ErrorCode.CONFLICT, "cannot start a container in the paused state");
        }
    }

    private static BerthException gone() {
        return new BerthException(ErrorCode.CONFLICT, "cannot start a container that has stopped");
    }

    private void letGo() {
        try (Descriptor result = open(Kernel.open(folder.resultFifo(), Kernel.O_RDONLY | Kernel.O_NONBLOCK))) {
            try (Descriptor wait = open(Kernel.open(folder.execFifo(), Kernel.O_WRONLY | Kernel.O_NONBLOCK))) {
                deleteFifo();
                Kernel.write(wait, new byte[] {0});
            }
            if (Kernel.poll(TIMEOUT_NANOS, result).isEmpty()) {
                throw new BerthException(ErrorCode.TIMEOUT, "the container's program was not executed in time");
            }
            failure(Kernel.read(result, MESSAGE_SIZE)).ifPresent(e -> {
                throw e;
            });
        }
    }

    private static Descriptor open(long number) {
        if (number == -Errno.ENXIO) {
            throw gone();
        }
        if (number < 0) {
            throw new SystemCallException("reach the container's process", (int) -number);
        }
        return new Descriptor((int) number);
    }

    /** From now on the container counts as started. */
    private void deleteFifo() {
        try {
            Files.deleteIfExists(folder.execFifo());
        } catch (java.io.IOException e) {
            throw org.berth.base.FileErrors.of("remove " + folder.execFifo(), e);
        }
    }

    private Optional<BerthException> failure(byte[] message) {
        if (message.length < MESSAGE_SIZE) {
            return Optional.empty();
        }
        MemorySegment words = MemorySegment.ofArray(message);
        int step = words.get(ValueLayout.JAVA_INT_UNALIGNED, 0);
        int errno = -words.get(ValueLayout.JAVA_INT_UNALIGNED, 4);
        return Optional.of(StepFailure.of(folder.step(step), errno));
    }

    private static void awaitEnd(Descriptor process) {
        Kernel.poll(TIMEOUT_NANOS, process);
    }
}
