package org.berth.image.debian;

import java.io.IOException;
import java.io.InputStream;
import org.tukaani.xz.XZInputStream;

/** The .xz format: unpacked by liblzma where the machine has it, which is several times as fast, else in Java. */
final class Xz {
    /** What a stream may make its decoder allocate; the format's largest preset takes 65 MB. */
    static final int MEMORY_KB_MAX = 256 << 10;

    private Xz() {}

    static InputStream unpack(InputStream packed) throws IOException {
        return LzmaLibrary.find().isPresent()
                ? new LzmaInputStream(LzmaLibrary.find().get(), packed)
                : new XZInputStream(packed, MEMORY_KB_MAX);
    }
}
