package org.berth.image.debian;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.ar.ArArchiveEntry;
import org.apache.commons.compress.archivers.ar.ArArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * A binary package (deb(5)): an ar archive of a version, a tar of control files and a tar of the
 * files to install.
 *
 * @param control what dpkg keeps of it: the control file, scripts, lists
 * @param data the tar of its files, packed as {@code dataName} says ("data.tar.xz")
 */
@SuppressWarnings("ArrayRecordComponent")
record DebFile(List<ControlFile> control, byte[] data, String dataName) {
    private static final int CONTROL_BYTES_MAX = 32 << 20;
    private static final int DATA_BYTES_MAX = 1 << 30;
    private static final int XZ_MEMORY_KB_MAX = 256 << 10;
    private static final String MAJOR_VERSION = "2.";

    /** One control file with its permissions. */
    record ControlFile(String name, byte[] content, int mode) {
        String text() {
            return new String(content, StandardCharsets.UTF_8);
        }
    }

    /** Reads a .deb file. */
    static DebFile read(byte[] deb) throws IOException {
        try (ArArchiveInputStream members = new ArArchiveInputStream(new ByteArrayInputStream(deb))) {
            next(members, "debian-binary");
            if (!new String(members.readNBytes(8), StandardCharsets.US_ASCII).startsWith(MAJOR_VERSION)) {
                throw new IOException("not a binary package of format " + MAJOR_VERSION + "x");
            }
            ArArchiveEntry controlMember = next(members, "control.tar");
            List<ControlFile> control = control(members, controlMember.getName());
            ArArchiveEntry dataMember = next(members, "data.tar");
            if (dataMember.getLength() > DATA_BYTES_MAX) {
                throw new IOException(dataMember.getName() + " has more than " + DATA_BYTES_MAX + " bytes");
            }
            byte[] data = members.readNBytes((int) dataMember.getLength());
            return new DebFile(control, data, dataMember.getName());
        }
    }

    /** The next member; those whose names begin with an underscore may be there and mean nothing. */
    private static ArArchiveEntry next(ArArchiveInputStream members, String prefix) throws IOException {
        for (ArArchiveEntry member = members.getNextEntry(); member != null; member = members.getNextEntry()) {
            if (member.getName().startsWith(prefix)) {
                return member;
            }
            if (!member.getName().startsWith("_")) {
                throw new IOException("a member " + prefix + " was expected, " + member.getName() + " came");
            }
        }
        throw new IOException("has no member " + prefix);
    }

    private static List<ControlFile> control(InputStream member, String name) throws IOException {
        List<ControlFile> files = new ArrayList<>();
        // the tar is not closed: that would close the archive around it
        TarArchiveInputStream tar = new TarArchiveInputStream(unpacked(member, name));
        long room = CONTROL_BYTES_MAX;
        for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
            if (!entry.isFile()) {
                continue;
            }
            room -= entry.getSize();
            if (room < 0) {
                throw new IOException("its control files have more than " + CONTROL_BYTES_MAX + " bytes");
            }
            String file = entry.getName().replaceFirst("^(\\./)+", "");
            if (!file.matches("[a-z0-9][a-z0-9._-]*")) {
                throw new IOException("has a control file named '" + file + "'");
            }
            files.add(new ControlFile(file, tar.readNBytes((int) entry.getSize()), entry.getMode() & 0777));
        }
        return List.copyOf(files);
    }

    /** The tar of the files to install. */
    TarArchiveInputStream files() throws IOException {
        return new TarArchiveInputStream(unpacked(new ByteArrayInputStream(data), dataName), "UTF-8");
    }

    /** A control file by name. */
    Optional<ControlFile> find(String name) {
        return control.stream().filter(file -> file.name().equals(name)).findFirst();
    }

    private static InputStream unpacked(InputStream input, String name) throws IOException {
        String packed = name.substring(name.indexOf(".tar") + 4);
        return switch (packed) {
            case "" -> input;
            case ".gz" -> new GZIPInputStream(input, 1 << 16);
            case ".xz" -> new XZInputStream(input, XZ_MEMORY_KB_MAX);
            case ".zst" -> new ZstdInputStreamNoFinalizer(input);
            default -> throw new IOException("has a member " + name + ", .gz, .xz or .zst was expected");
        };
    }
}
