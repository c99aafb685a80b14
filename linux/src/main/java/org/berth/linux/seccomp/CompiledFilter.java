package org.berth.linux.seccomp;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * A filter ready to be loaded: {@code seccomp(SECCOMP_SET_MODE_FILTER, flags, {instructions, program})}.
 *
 * @param program rows of struct sock_filter, 8 bytes each; read-only
 * @param flags SECCOMP_FILTER_FLAG_*, but for NEW_LISTENER
 * @param notifies whether some call is given to a listener: {@link #NEW_LISTENER} then belongs to the flags, and
 *     the call returns the listener's descriptor instead of 0
 * @param unknown names in the rules that no call has; they were passed over
 */
public record CompiledFilter(ByteBuffer program, int flags, boolean notifies, List<String> unknown) {
    /** SECCOMP_FILTER_FLAG_NEW_LISTENER. */
    public static final int NEW_LISTENER = 8;

    private static final int INSTRUCTION_BYTES = 8;

    public CompiledFilter {
        program = program.asReadOnlyBuffer();
        unknown = List.copyOf(unknown);
    }

    /** A copy of the program's bytes. */
    public byte[] bytes() {
        byte[] bytes = new byte[program.limit()];
        program.get(0, bytes);
        return bytes;
    }

    /** sock_fprog.len. */
    public int instructions() {
        return program.limit() / INSTRUCTION_BYTES;
    }
}
