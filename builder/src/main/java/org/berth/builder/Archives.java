package org.berth.builder;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.berth.builder.context.SourceTree;
import org.berth.builder.dockerfile.Place;

/** Archives, which ADD unpacks in Docker: known by their first bytes, as there. */
final class Archives {
    private static final int BEGINNING_BYTES = 512;
    private static final int TAR_MAGIC_OFFSET = 257;
    private static final byte[] TAR = "ustar".getBytes(StandardCharsets.US_ASCII);
    private static final List<byte[]> COMPRESSED = List.of(
            new byte[] {0x1f, (byte) 0x8b},
            new byte[] {'B', 'Z', 'h'},
            new byte[] {(byte) 0xfd, '7', 'z', 'X', 'Z', 0},
            new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd});

    private Archives() {}

    /** Refuses an archive, rather than to copy what Docker would unpack. */
    static void refuse(SourceTree tree, String path, Place place) {
        if (!tree.status(path).isRegular()) {
            return;
        }
        byte[] beginning = tree.beginning(path, BEGINNING_BYTES);
        boolean archive = startsWith(beginning, TAR_MAGIC_OFFSET, TAR)
                || COMPRESSED.stream().anyMatch(magic -> startsWith(beginning, 0, magic));
        if (archive) {
            throw place.unsupported(
                    "ADD of the archive '" + path + "' is not supported yet: use COPY, and unpack it by RUN");
        }
    }

    private static boolean startsWith(byte[] bytes, int offset, byte[] magic) {
        return bytes.length >= offset + magic.length
                && Arrays.equals(bytes, offset, offset + magic.length, magic, 0, magic.length);
    }
}
