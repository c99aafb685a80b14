package org.berth.image.debian;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** A Debian archive in a folder, signed with a key of a test. */
final class TestArchive {
    private final Path folder;
    private final TestKey key;

    TestArchive(Path folder, TestKey key) {
        this.folder = folder;
        this.key = key;
    }

    /** The folder as an address. */
    String address() {
        return folder.toUri().toString();
    }

    /** Writes a suite with these packages. */
    void suite(String suite, List<TestPackage> packages, Instant date) throws IOException {
        StringBuilder index = new StringBuilder();
        for (TestPackage one : packages) {
            index.append(one.indexEntry());
            write(one.path(), one.bytes());
        }
        byte[] plain = index.toString().getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream xz = new ByteArrayOutputStream();
        try (XZOutputStream output = new XZOutputStream(xz, new LZMA2Options(0))) {
            output.write(plain);
        }
        ByteArrayOutputStream gzip = new ByteArrayOutputStream();
        try (GZIPOutputStream output = new GZIPOutputStream(gzip)) {
            output.write(plain);
        }
        String base = "dists/" + suite + "/main/binary-amd64/Packages";
        write(base + ".gz", gzip.toByteArray());
        write(base + ".xz", xz.toByteArray());
        String release = """
                Origin: Debian
                Suite: %s
                Codename: %s
                Date: %s
                Architectures: all amd64
                SHA256:
                 %s %d main/binary-amd64/Packages.gz
                 %s %d main/binary-amd64/Packages.xz
                """.formatted(
                        suite,
                        suite,
                        DateTimeFormatter.RFC_1123_DATE_TIME.format(date.atZone(ZoneOffset.UTC)),
                        VerifyingBody.hash(gzip.toByteArray()),
                        gzip.size(),
                        VerifyingBody.hash(xz.toByteArray()),
                        xz.size());
        release(suite, release, TestKey.message(release, key.signText(release)));
    }

    private void release(String suite, String text, String signed) throws IOException {
        write("dists/" + suite + "/InRelease", signed.getBytes(StandardCharsets.UTF_8));
        byte[] plain = text.getBytes(StandardCharsets.UTF_8);
        write("dists/" + suite + "/Release", plain);
        write("dists/" + suite + "/Release.gpg", key.signFile(plain));
    }

    /** A file of the archive. */
    Path file(String path) {
        return folder.resolve(path);
    }

    void write(String path, byte[] content) throws IOException {
        Path file = folder.resolve(path);
        Files.createDirectories(file.resolveSibling("."));
        Files.write(file, content);
    }
}
