package org.berth.image.debian;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.path.Folder;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.OpenFile;

/**
 * Unpacks a package's files into a root, by dpkg's rules rather than a layer's: a link to a folder
 * ({@code /lib} on a merged {@code /usr}) stands for that folder and is kept, and no file is put over
 * another's. Packages may be unpacked at the same time: of a folder that several have, the first
 * makes it, and the one that gives it a special owner or mode has its way.
 */
final class RootFiller {
    private static final int FOLDER_MODE = 0755;
    private static final int COPY_BYTES = 1 << 17;

    private final InRoot root;

    RootFiller(InRoot root) {
        this.root = root;
    }

    /**
     * A package whose files are in the root.
     *
     * @param paths everything that it brought, absolute, the root as "/.", as dpkg lists it
     * @param configurationHashes MD5 of its configuration files as they came, by path
     */
    record Unpacked(
            PackageEntry entry,
            List<DebFile.ControlFile> control,
            List<String> paths,
            Map<String, String> configurationHashes) {
        Optional<DebFile.ControlFile> find(String name) {
            return control.stream().filter(file -> file.name().equals(name)).findFirst();
        }
    }

    Unpacked unpack(PackageEntry entry, byte[] deb) throws IOException {
        DebFile file = DebFile.read(deb);
        try (TarArchiveInputStream tar = file.files();
                Pass pass = new Pass(configurationFiles(file))) {
            for (TarArchiveEntry item = tar.getNextEntry(); item != null; item = tar.getNextEntry()) {
                pass.take(item, tar);
            }
            return new Unpacked(entry, file.control(), List.copyOf(pass.paths), Map.copyOf(pass.hashes));
        } catch (SystemCallException e) {
            throw new IOException("unpack the package " + entry + ": " + e.getMessage(), e);
        }
    }

    private static Set<String> configurationFiles(DebFile file) {
        Set<String> paths = new HashSet<>();
        file.find("conffiles")
                .ifPresent(list -> list.text()
                        .lines()
                        .map(String::strip)
                        .filter(line -> line.startsWith("/"))
                        .forEach(paths::add));
        return paths;
    }

    /** One package's way into the root; the folder that was last worked in is kept open. */
    private final class Pass implements AutoCloseable {
        private final Set<String> configurationFiles;
        private final List<String> paths = new ArrayList<>();
        private final Map<String, String> hashes = new LinkedHashMap<>();
        private final byte[] buffer = new byte[COPY_BYTES];
        private String openPath = "";
        private Optional<Folder> open = Optional.empty();

        Pass(Set<String> configurationFiles) {
            this.configurationFiles = configurationFiles;
        }

        void take(TarArchiveEntry item, TarArchiveInputStream content) throws IOException {
            String path = path(item.getName());
            paths.add(path.isEmpty() ? "/." : "/" + path);
            if (item.isDirectory()) {
                takeFolder(item, path);
                return;
            }
            int slash = path.lastIndexOf('/');
            Folder folder = folder(slash < 0 ? "" : path.substring(0, slash));
            String name = path.substring(slash + 1);
            if (item.isSymbolicLink()) {
                takeLink(item, folder, name);
            } else if (item.isLink()) {
                takeName(item, folder, name);
            } else if (DebFile.isRegular(item)) {
                takeFile(item, content, folder, name, "/" + path);
            } else {
                throw new IOException("has an entry " + path + " that is no file, folder or link");
            }
        }

        private void takeFolder(TarArchiveEntry item, String path) {
            Folder folder = folder(path);
            int mode = item.getMode() & 07777;
            if (mode != FOLDER_MODE || !isRoots(item)) {
                try (OpenFile self = folder.self()) {
                    self.chown(item.getLongUserId(), item.getLongGroupId());
                    self.chmod(mode);
                }
            }
        }

        private void takeLink(TarArchiveEntry item, Folder folder, String name) {
            try {
                folder.symlink(item.getLinkName(), name);
            } catch (SystemCallException e) {
                if (e.errno() == Errno.EEXIST && isSameLink(folder, name, item.getLinkName())) {
                    return;
                }
                throw e;
            }
            if (!isRoots(item)) {
                folder.chown(name, item.getLongUserId(), item.getLongGroupId());
            }
            try (OpenFile link = folder.place(name)) {
                link.setModified(modified(item));
            }
        }

        private static boolean isSameLink(Folder folder, String name, String target) {
            try (OpenFile there = folder.place(name)) {
                return there.status().isSymbolicLink() && there.readLink().equals(target);
            }
        }

        /** A further name of a file that this package brought before. */
        private void takeName(TarArchiveEntry item, Folder folder, String name) {
            String existing = path(item.getLinkName());
            int slash = existing.lastIndexOf('/');
            try (Folder from = root.folder(slash < 0 ? "." : existing.substring(0, slash))) {
                folder.link(from, existing.substring(slash + 1), name);
            }
        }

        private void takeFile(
                TarArchiveEntry item, TarArchiveInputStream content, Folder folder, String name, String path)
                throws IOException {
            try (OpenFile file = folder.create(name, 0600)) {
                if (configurationFiles.contains(path)) {
                    MessageDigest md5 = md5();
                    copy(new DigestInputStream(content, md5), file.output());
                    hashes.put(path, HexFormat.of().formatHex(md5.digest()));
                } else {
                    copy(content, file.output());
                }
                if (!isRoots(item)) {
                    file.chown(item.getLongUserId(), item.getLongGroupId());
                }
                file.chmod(item.getMode() & 07777);
                file.setModified(modified(item));
            }
        }

        private void copy(InputStream from, OutputStream to) throws IOException {
            for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
                to.write(buffer, 0, count);
            }
        }

        /** A folder, made where it is missing. */
        private Folder folder(String path) {
            if (open.isEmpty() || !path.equals(openPath)) {
                close();
                open = Optional.of(root.makeFolders(path, FOLDER_MODE, 0, 0));
                openPath = path;
            }
            return open.get();
        }

        @Override
        public void close() {
            open.ifPresent(Folder::close);
            open = Optional.empty();
        }
    }

    private static boolean isRoots(TarArchiveEntry item) {
        return item.getLongUserId() == 0 && item.getLongGroupId() == 0;
    }

    private static Instant modified(TarArchiveEntry item) {
        return item.getLastModifiedTime().toInstant();
    }

    /** "./usr/bin/" as "usr/bin". */
    private static String path(String name) {
        String path = name.startsWith("./") ? name.substring(2) : name;
        return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }

    private static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has MD5", e);
        }
    }
}
