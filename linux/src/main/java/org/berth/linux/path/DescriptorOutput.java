package org.berth.linux.path;

import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import org.berth.linux.Descriptor;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/** write(2) as a stream, unbuffered: write in pieces; the descriptor belongs to someone else. */
final class DescriptorOutput extends OutputStream {
    private final Descriptor descriptor;
    private final String name;

    DescriptorOutput(Descriptor descriptor, String name) {
        this.descriptor = descriptor;
        this.name = name;
    }

    @Override
    public void write(int one) {
        write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, source.length);
        int done = 0;
        while (done < length) {
            int from = offset + done;
            int piece = Math.min(length - done, Buffers.BUFFER_BYTES);
            done += (int) Buffers.with(buffer -> {
                MemorySegment.copy(source, from, buffer, ValueLayout.JAVA_BYTE, 0, piece);
                return SystemCalls.call(
                        "write " + name, SystemCallNumber.WRITE, descriptor.number(), buffer.address(), piece);
            });
        }
    }
}
