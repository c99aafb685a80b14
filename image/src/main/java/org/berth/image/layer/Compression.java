package org.berth.image.layer;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/** How a layer's tar stream is compressed, told by its first bytes: media types are not to be trusted here. */
public final class Compression {
    private static final int BUFFER_BYTES = 128 * 1024;

    private Compression() {}

    /** The uncompressed stream: of gzip (RFC 1952), Zstandard (RFC 8878) or of plain tar. */
    public static InputStream open(InputStream in) throws IOException {
        BufferedInputStream buffered = new BufferedInputStream(in, BUFFER_BYTES);
        buffered.mark(4);
        byte[] magic = buffered.readNBytes(4);
        buffered.reset();
        if (magic.length >= 2 && (magic[0] & 0xff) == 0x1f && (magic[1] & 0xff) == 0x8b) {
            return new GZIPInputStream(buffered, BUFFER_BYTES);
        }
        if (magic.length == 4 && isZstandard(magic)) {
            return new ZstdInputStream(buffered);
        }
        return buffered;
    }

    /** The magic number of a frame, or of one to be skipped, with which some writers begin. */
    private static boolean isZstandard(byte[] magic) {
        int number = magic[0] & 0xff | (magic[1] & 0xff) << 8 | (magic[2] & 0xff) << 16 | (magic[3] & 0xff) << 24;
        return number == 0xfd2fb528 || (number & 0xfffffff0) == 0x184d2a50;
    }
}
