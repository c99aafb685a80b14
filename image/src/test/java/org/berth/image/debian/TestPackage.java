package org.berth.image.debian;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.ar.ArArchiveEntry;
import org.apache.commons.compress.archivers.ar.ArArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** A binary package made for a test. */
final class TestPackage {
    static final Instant MODIFIED = Instant.parse("2026-01-02T03:04:05Z");

    private final String fields;
    private final Map<String, String> control = new LinkedHashMap<>();
    private final List<Item> items = new ArrayList<>();
    private String packing = ".xz";

    private record Item(TarArchiveEntry entry, byte[] content) {}

    /** @param fields of the control file, one a line */
    TestPackage(String name, String version, String... fields) {
        this.fields = "Package: " + name + "\nVersion: " + version + "\nArchitecture: amd64\nMaintainer: me <me@x>\n"
                + String.join("\n", fields) + (fields.length == 0 ? "" : "\n") + "Description: " + name + "\n";
        control.put("control", this.fields);
        folder("./", 0755);
    }

    /** One of "", ".gz", ".xz", ".zst". */
    TestPackage packed(String with) {
        packing = with;
        return this;
    }

    TestPackage control(String name, String content) {
        control.put(name, content);
        return this;
    }

    TestPackage folder(String name, int mode, int... owner) {
        return add(new TarArchiveEntry(name, TarConstants.LF_DIR), mode, new byte[0], owner);
    }

    TestPackage file(String name, int mode, String content, int... owner) {
        return add(new TarArchiveEntry(name), mode, content.getBytes(StandardCharsets.UTF_8), owner);
    }

    TestPackage symbolicLink(String name, String target) {
        TarArchiveEntry entry = new TarArchiveEntry(name, TarConstants.LF_SYMLINK);
        entry.setLinkName(target);
        return add(entry, 0777, new byte[0]);
    }

    TestPackage furtherName(String name, String existing) {
        TarArchiveEntry entry = new TarArchiveEntry(name, TarConstants.LF_LINK);
        entry.setLinkName(existing);
        return add(entry, 0644, new byte[0]);
    }

    TestPackage device(String name) {
        return add(new TarArchiveEntry(name, TarConstants.LF_CHR), 0666, new byte[0]);
    }

    private TestPackage add(TarArchiveEntry entry, int mode, byte[] content, int... owner) {
        entry.setMode(mode);
        entry.setIds(owner.length > 0 ? owner[0] : 0, owner.length > 1 ? owner[1] : 0);
        entry.setSize(content.length);
        entry.setLastModifiedTime(FileTime.from(MODIFIED));
        items.add(new Item(entry, content));
        return this;
    }

    /** The .deb file. */
    byte[] bytes() {
        List<Item> controlItems = new ArrayList<>();
        control.forEach((name, content) -> {
            TarArchiveEntry entry = new TarArchiveEntry("./" + name);
            byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
            entry.setMode(content.startsWith("#!") ? 0755 : 0644);
            entry.setSize(bytes.length);
            entry.setLastModifiedTime(FileTime.from(MODIFIED));
            controlItems.add(new Item(entry, bytes));
        });
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ArArchiveOutputStream archive = new ArArchiveOutputStream(bytes)) {
            member(archive, "debian-binary", "2.0\n".getBytes(StandardCharsets.US_ASCII));
            member(archive, "control.tar" + packing, tar(controlItems));
            member(archive, "data.tar" + packing, tar(items));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void member(ArArchiveOutputStream archive, String name, byte[] content) throws IOException {
        archive.putArchiveEntry(new ArArchiveEntry(name, content.length, 0, 0, 0100644, 0));
        archive.write(content);
        archive.closeArchiveEntry();
    }

    private byte[] tar(List<Item> contents) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(packing(bytes), "UTF-8")) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
            for (Item item : contents) {
                tar.putArchiveEntry(item.entry());
                tar.write(item.content());
                tar.closeArchiveEntry();
            }
        }
        return bytes.toByteArray();
    }

    private OutputStream packing(OutputStream output) throws IOException {
        return switch (packing) {
            case ".gz" -> new GZIPOutputStream(output);
            case ".xz" -> new XZOutputStream(output, new LZMA2Options(0));
            case ".zst" -> new ZstdOutputStream(output);
            default -> output;
        };
    }

    /** What an archive's index says of it. */
    String indexEntry() {
        return fields + "Filename: " + path() + "\nSize: " + bytes().length + "\nSHA256: " + VerifyingBody.hash(bytes())
                + "\n\n";
    }

    /** Below an archive's address. */
    String path() {
        Stanza stanza = Stanza.parse(fields).getFirst();
        return "pool/main/" + stanza.get("Package") + "_" + stanza.get("Version") + "_amd64.deb";
    }

    /** As an index gives it. */
    PackageEntry entry(AptSource source) {
        return PackageEntry.of(Stanza.parse(indexEntry()).getFirst(), source);
    }
}
