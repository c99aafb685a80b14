package org.berth.runtime;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.Optional;

/**
 * What a monitor wrote when its process ended: siginfo_t as waitid(2) gave it, then the time.
 *
 * @param code the exit code, or 128 + the signal's number
 */
record ExitRecord(int code, Instant at) {
    private static final int CODE_OFFSET = 8;
    private static final int STATUS_OFFSET = 24;
    private static final int TIME_OFFSET = 128;
    private static final int SIZE = TIME_OFFSET + 16;
    private static final int CLD_EXITED = 1;
    private static final int SIGNALLED = 128;

    /** Reads one; empty when it is not written, or not whole. */
    static Optional<ExitRecord> parse(byte[] bytes) {
        if (bytes.length != SIZE) {
            return Optional.empty();
        }
        ByteBuffer record = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int status = record.getInt(STATUS_OFFSET);
        int code = record.getInt(CODE_OFFSET) == CLD_EXITED ? status : SIGNALLED + status;
        return Optional.of(new ExitRecord(
                code, Instant.ofEpochSecond(record.getLong(TIME_OFFSET), record.getLong(TIME_OFFSET + 8))));
    }
}
