package org.berth.builder;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import org.berth.builder.context.SourceTree;
import org.berth.engine.TreeUnpacker;
import org.berth.image.layer.Compression;
import org.berth.image.layer.TarReader;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.TreeCopy;

/** Archives, which ADD unpacks: tar, plain or compressed by gzip, bzip2, xz or zstd; known by their content, as in Docker. */
final class Archives {
    private static final int BEGINNING_BYTES = 512;
    private static final int TAR_MAGIC_OFFSET = 257;
    private static final byte[] TAR = "ustar".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] BZIP2 = {'B', 'Z', 'h'};
    private static final byte[] XZ = {(byte) 0xfd, '7', 'z', 'X', 'Z', 0};
    private static final List<byte[]> COMPRESSED =
            List.of(new byte[] {0x1f, (byte) 0x8b}, BZIP2, XZ, new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd});

    private Archives() {}

    /** Whether a file of the tree is an archive. */
    static boolean isArchive(SourceTree tree, String path) {
        if (!tree.status(path).isRegular()) {
            return false;
        }
        try (InputStream input = tree.open(path)) {
            return isArchive(input);
        } catch (IOException e) {
            throw new UncheckedIOException("read " + path, e);
        }
    }

    /** Whether a file of ours is an archive. */
    static boolean isArchive(Path file) {
        try (InputStream input = Files.newInputStream(file)) {
            return isArchive(input);
        } catch (IOException e) {
            throw new UncheckedIOException("read " + file.getFileName(), e);
        }
    }

    static void unpack(SourceTree tree, String path, InRoot root, String target, Optional<TreeCopy.Owner> owner) {
        try (InputStream input = tree.open(path)) {
            unpack(input, root, target, owner);
        } catch (IOException e) {
            throw new UncheckedIOException("unpack " + path + ": " + e.getMessage(), e);
        }
    }

    static void unpack(Path file, InRoot root, String target, Optional<TreeCopy.Owner> owner) throws IOException {
        try (InputStream input = Files.newInputStream(file)) {
            unpack(input, root, target, owner);
        }
    }

    private static void unpack(InputStream input, InRoot root, String target, Optional<TreeCopy.Owner> owner)
            throws IOException {
        root.makeFolders(target, 0755, 0, 0).close();
        try (TarReader tar = new TarReader(plain(input.readNBytes(XZ.length), input))) {
            new TreeUnpacker(root, ImagePaths.plain(target), Optional.empty(), owner).unpack(tar);
        }
    }

    /** A compressed file counts when a tar is in it. */
    private static boolean isArchive(InputStream input) throws IOException {
        byte[] beginning = input.readNBytes(BEGINNING_BYTES);
        if (startsWith(beginning, TAR_MAGIC_OFFSET, TAR)) {
            return true;
        }
        if (COMPRESSED.stream().noneMatch(magic -> startsWith(beginning, 0, magic))) {
            return false;
        }
        try (InputStream inside = plain(beginning, input)) {
            return startsWith(inside.readNBytes(BEGINNING_BYTES), TAR_MAGIC_OFFSET, TAR);
        } catch (IOException e) {
            return false; // begins like one, and is none
        }
    }

    private static InputStream plain(byte[] beginning, InputStream rest) throws IOException {
        InputStream whole = new java.io.SequenceInputStream(new java.io.ByteArrayInputStream(beginning), rest);
        if (startsWith(beginning, 0, BZIP2)) {
            return new BZip2CompressorInputStream(whole, true);
        }
        return startsWith(beginning, 0, XZ)
                ? XZCompressorInputStream.builder()
                        .setInputStream(whole)
                        .setDecompressConcatenated(true)
                        .get()
                : Compression.open(whole);
    }

    private static boolean startsWith(byte[] bytes, int offset, byte[] magic) {
        return bytes.length >= offset + magic.length
                && Arrays.equals(bytes, offset, offset + magic.length, magic, 0, magic.length);
    }
}
