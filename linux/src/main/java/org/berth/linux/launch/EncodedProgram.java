package org.berth.linux.launch;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.Supplier;

/** A launch program in the form in which it is started: encoded once, or made of one that was ({@link ProgramTemplate}). */
public final class EncodedProgram {
    private final byte[] executable;
    private final boolean sendable;
    private final Supplier<LaunchProgram> program;

    EncodedProgram(byte[] executable, boolean sendable, Supplier<LaunchProgram> program) {
        this.executable = executable;
        this.sendable = sendable;
        this.program = program;
    }

    /** Encodes one. */
    public static EncodedProgram of(LaunchProgram program) {
        return LaunchEncoder.encoded(program);
    }

    /** The executable; not to be changed. */
    public byte[] executable() {
        return executable;
    }

    /**
     * What a {@link WaitingProgram} receives in place of an executable: the same from the header on. Empty when it, with
     * its empty space, would not fit below the waiting program.
     */
    Optional<byte[]> image() {
        return sendable
                ? Optional.of(Arrays.copyOfRange(executable, LaunchEncoder.DATA_OFFSET, executable.length))
                : Optional.empty();
    }

    /** Whether a waiting program can receive it; what can't is longer than what is worth to be kept. */
    public boolean sendable() {
        return sendable;
    }

    /** What it was encoded from, or would have been: for whoever asks which step failed. */
    LaunchProgram program() {
        return program.get();
    }
}
