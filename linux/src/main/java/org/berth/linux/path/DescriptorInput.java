package org.berth.linux.path;

import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import org.berth.linux.Descriptor;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/** read(2) as a stream; the descriptor belongs to someone else. */
final class DescriptorInput extends InputStream {
    private final Descriptor descriptor;
    private final String name;

    DescriptorInput(Descriptor descriptor, String name) {
        this.descriptor = descriptor;
        this.name = name;
    }

    @Override
    public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (length == 0) {
            return 0;
        }
        long got = Buffers.with(buffer -> {
            long read = SystemCalls.call(
                    "read " + name,
                    SystemCallNumber.READ,
                    descriptor.number(),
                    buffer.address(),
                    Math.min(length, Buffers.BUFFER_BYTES));
            MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, target, offset, (int) read);
            return read;
        });
        return got == 0 ? -1 : (int) got;
    }
}
