package org.berth.server.docker;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.berth.engine.Containers.Frame;

/**
 * Writes a container's output to a client: as it is for a terminal, else multiplexed, each piece
 * behind a head of 8 bytes {stream, 0, 0, 0, length as 32 bits big-endian} (Docker Engine API, attach).
 */
final class OutputFrames {
    private static final int HEAD_BYTES = 8;
    private static final int STREAMS = 3;

    private final OutputStream out;
    private final boolean raw;
    private final boolean timestamps;
    private final boolean[] insideLine = new boolean[STREAMS];

    /** @param timestamps each line begins with its time */
    OutputFrames(OutputStream out, boolean raw, boolean timestamps) {
        this.out = out;
        this.raw = raw;
        this.timestamps = timestamps;
    }

    void write(Frame frame) throws IOException {
        byte[] bytes = timestamps ? stamped(frame) : frame.bytes();
        if (bytes.length == 0) {
            return;
        }
        if (raw) {
            out.write(bytes);
            return;
        }
        ByteBuffer piece = ByteBuffer.allocate(HEAD_BYTES + bytes.length);
        piece.put((byte) frame.stream()).put(new byte[3]).putInt(bytes.length).put(bytes);
        out.write(piece.array());
    }

    private byte[] stamped(Frame frame) {
        byte[] stamp = (Times.nanoseconds(frame.time()) + " ").getBytes(StandardCharsets.US_ASCII);
        ByteArrayOutputStream lines = new ByteArrayOutputStream(frame.bytes().length + stamp.length);
        for (byte value : frame.bytes()) {
            if (!insideLine[frame.stream()]) {
                lines.writeBytes(stamp);
            }
            lines.write(value);
            insideLine[frame.stream()] = value != '\n';
        }
        return lines.toByteArray();
    }

    /** The content type of what is written. */
    static String contentType(boolean raw) {
        return raw ? "application/vnd.docker.raw-stream" : "application/vnd.docker.multiplexed-stream";
    }
}
