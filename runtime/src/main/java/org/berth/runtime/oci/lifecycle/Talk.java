package org.berth.runtime.oci.lifecycle;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.OptionalLong;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Descriptor;
import org.berth.linux.launch.Launch;
import org.berth.linux.launch.LaunchProgram;
import org.berth.runtime.oci.plan.SyncMessage;

/**
 * The talk with a launch program while a process is born. It sends one byte when it has come to a
 * {@link SyncMessage}, and goes on when it is sent one back; where it finds the end of the socket instead it gives
 * up. What failed, and the id of what was started, comes by the status pipe.
 */
final class Talk implements AutoCloseable {
    /** How long a program may take from one phase to the next: mounts on a slow disk included. */
    private static final long PHASE_TIMEOUT_NANOS = 60_000_000_000L;

    private static final int MESSAGE_SIZE = 8;
    private static final byte[] GO_ON = {SyncMessage.GO_ON};

    private final LaunchProgram program;
    private final Descriptor ours;
    private final Descriptor status;
    private OptionalLong started = OptionalLong.empty();

    Talk(LaunchProgram program, Descriptor ours, Descriptor status) {
        this.program = program;
        this.ours = ours;
        this.status = status;
    }

    /**
     * What it says next.
     *
     * @throws BerthException KERNEL with the label of the step that failed; TIMEOUT when nothing comes
     */
    SyncMessage next() {
        if (Kernel.poll(PHASE_TIMEOUT_NANOS, ours).isEmpty()) {
            throw new BerthException(
                    ErrorCode.TIMEOUT,
                    "the container did not get on for " + PHASE_TIMEOUT_NANOS / 1_000_000_000L + " s");
        }
        byte[] letter = Kernel.read(ours, 1);
        if (letter.length == 0) {
            throw failure();
        }
        return message(letter[0]);
    }

    /** Lets it go on. */
    void goOn() {
        if (!Kernel.write(ours, GO_ON)) {
            throw failure();
        }
    }

    /** The process that was started; known from the phase {@link SyncMessage#NAMESPACES} on. */
    long pid() {
        while (started.isEmpty()) {
            readStatus();
        }
        return started.getAsLong();
    }

    /** What the program says that went wrong; where it has said nothing and goes on, what was seen from outside. */
    RuntimeException reason(RuntimeException seen) {
        return Kernel.poll(0, status).isPresent() ? failure() : seen;
    }

    /** What made it end. */
    private RuntimeException failure() {
        try {
            while (true) {
                readStatus();
            }
        } catch (BerthException e) {
            return e;
        }
    }

    /**
     * Waits until the process executes its program: the pipe ends.
     *
     * @param spawned the process when it has cloned no other
     * @return the process's id
     */
    long awaitExecution(long spawned) {
        boolean more = true;
        while (more) {
            more = status(PHASE_TIMEOUT_NANOS);
        }
        return started.orElse(spawned);
    }

    /** Kills what was started, if anything was, and takes it off the process table. */
    void end() {
        catchUp();
        if (started.isPresent()) {
            Kernel.process(started.getAsLong()).ifPresent(process -> {
                try (process) {
                    Kernel.signal(process, Kernel.SIGKILL);
                    Kernel.reap(process);
                }
            });
        }
    }

    /** What was said and not heard yet: of somebody who was started. */
    private void catchUp() {
        try {
            boolean more = true;
            while (more && started.isEmpty() && Kernel.poll(0, status).isPresent()) {
                more = status(0);
            }
        } catch (BerthException e) {
            // it failed before it started anybody
        }
    }

    private void readStatus() {
        if (!status(PHASE_TIMEOUT_NANOS)) {
            throw new BerthException(ErrorCode.INTERNAL, "the container's process was killed while it was born");
        }
    }

    /** Takes a message. @return false at the end of the pipe */
    private boolean status(long nanoseconds) {
        if (Kernel.poll(nanoseconds, status).isEmpty()) {
            throw new BerthException(ErrorCode.TIMEOUT, "the container's process said nothing for too long");
        }
        byte[] message = Kernel.read(status, MESSAGE_SIZE);
        if (message.length < MESSAGE_SIZE) {
            return false;
        }
        MemorySegment words = MemorySegment.ofArray(message);
        int step = words.get(ValueLayout.JAVA_INT_UNALIGNED, 0);
        int value = words.get(ValueLayout.JAVA_INT_UNALIGNED, 4);
        if (step == Launch.STARTED || step == Launch.EXECUTED) {
            started = OptionalLong.of(value);
            return true;
        }
        throw StepFailure.of(program.steps().get(step).label(), -value);
    }

    private static SyncMessage message(byte letter) {
        for (SyncMessage message : SyncMessage.values()) {
            if (message.letter() == letter) {
                return message;
            }
        }
        throw new IllegalStateException("a launch program said " + letter);
    }

    @Override
    public void close() {
        ours.close();
        status.close();
    }
}
