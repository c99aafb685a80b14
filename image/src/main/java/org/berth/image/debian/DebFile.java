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
import org.apache.commons.compress.archivers.tar.TarConstants;

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
    private static final int MEMBER_BYTES_MAX = 1 << 30;
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
            List<ControlFile> control = control(content(members, controlMember), controlMember.getName());
            ArArchiveEntry dataMember = next(members, "data.tar");
            return new DebFile(control, content(members, dataMember), dataMember.getName());
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

    private static byte[] content(ArArchiveInputStream members, ArArchiveEntry member) throws IOException {
        if (member.getLength() > MEMBER_BYTES_MAX) {
            throw new IOException(member.getName() + " has more than " + MEMBER_BYTES_MAX + " bytes");
        }
        byte[] content = members.readNBytes((int) member.getLength());
        if (content.length < member.getLength()) {
            throw new IOException("ends within " + member.getName());
        }
        return content;
    }

    private static List<ControlFile> control(byte[] member, String name) throws IOException {
        List<ControlFile> files = new ArrayList<>();
        try (TarArchiveInputStream tar = new TarArchiveInputStream(unpacked(member, name))) {
            long room = CONTROL_BYTES_MAX;
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                if (!isRegular(entry)) {
                    continue;
                }
                room -= entry.getSize();
                if (room < 0) {
                    throw new IOException("its control files have more than " + CONTROL_BYTES_MAX + " bytes");
                }
                files.add(new ControlFile(
                        controlName(entry), tar.readNBytes((int) entry.getSize()), entry.getMode() & 0777));
            }
        }
        return List.copyOf(files);
    }

    /** Whether an entry is a file with content; TarArchiveEntry.isFile() says so of devices too. */
    static boolean isRegular(TarArchiveEntry entry) {
        byte type = entry.getLinkFlag();
        return !entry.isDirectory() && (type == TarConstants.LF_NORMAL || type == TarConstants.LF_OLDNORM);
    }

    private static String controlName(TarArchiveEntry entry) throws IOException {
        String name = entry.getName().replaceFirst("^(\\./)+", "");
        if (!name.matches("[a-z0-9][a-z0-9._-]*")) {
            throw new IOException("has a control file named '" + name + "'");
        }
        return name;
    }

    /** The tar of the files to install. */
    TarArchiveInputStream files() throws IOException {
        return new TarArchiveInputStream(unpacked(data, dataName), "UTF-8");
    }

    /** A control file by name. */
    Optional<ControlFile> find(String name) {
        return control.stream().filter(file -> file.name().equals(name)).findFirst();
    }

    private static InputStream unpacked(byte[] member, String name) throws IOException {
        InputStream input = new ByteArrayInputStream(member);
        String packed = name.substring(name.indexOf(".tar") + 4);
        return switch (packed) {
            case "" -> input;
            case ".gz" -> new GZIPInputStream(input, 1 << 16);
            case ".xz" -> Xz.unpack(input);
            case ".zst" -> new ZstdInputStreamNoFinalizer(input);
            default -> throw new IOException("has a member " + name + ", .gz, .xz or .zst was expected");
        };
    }
}
