package org.berth.engine;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.image.layer.TarEntry;
import org.berth.image.layer.TarReader;
import org.berth.linux.path.FileStatus;
import org.berth.linux.path.FileType;
import org.berth.linux.path.Folder;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.OpenFile;
import org.berth.linux.path.TreeCopy;
import org.berth.linux.user.UserRange;

/** Unpacks a tar stream into a folder of a root. Whatever names and links it has, nothing leaves the root. */
public final class TreeUnpacker {
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final int ENTRIES_MAX = 10_000_000;

    private final InRoot root;
    private final String folder;
    private final Optional<UserRange> users;
    private final Optional<TreeCopy.Owner> owner;

    /** @param users whose ids the files are to have; empty for those of the tar */
    TreeUnpacker(InRoot root, String folder, Optional<UserRange> users) {
        this(root, folder, users, Optional.empty());
    }

    /** @param owner of all files; empty: as the tar has it */
    public TreeUnpacker(InRoot root, String folder, Optional<UserRange> users, Optional<TreeCopy.Owner> owner) {
        this.owner = owner;
        this.users = users;
        this.root = root;
        this.folder = folder;
    }

    /** Unpacks all of a tar. */
    public void unpack(TarReader tar) throws IOException {
        int count = 0;
        for (Optional<TarEntry> entry = tar.next(); entry.isPresent(); entry = tar.next()) {
            if (++count > ENTRIES_MAX) {
                throw new BerthException(ErrorCode.EXHAUSTED, "tar: more than " + ENTRIES_MAX + " entries");
            }
            place(entry.get(), tar);
        }
    }

    private void place(TarEntry entry, TarReader tar) throws IOException {
        String path = below(entry.name());
        if (path.equals(folder)) {
            return; // the folder itself stays as it is
        }
        TreeCopy.Owner given = owner(entry); // refused before anything is made
        long rootOutside = outside(0, "root");
        int slash = path.lastIndexOf('/');
        String name = path.substring(slash + 1);
        try (Folder parent =
                root.makeFolders(slash == 0 ? "/" : path.substring(0, slash), 0755, rootOutside, rootOutside)) {
            makeRoom(parent, name, path, entry.kind() == TarEntry.Kind.FOLDER);
            switch (entry.kind()) {
                case FOLDER -> {
                    if (parent.find(name).isEmpty()) {
                        parent.makeFolder(name, 0700);
                    }
                }
                case FILE -> {
                    content(parent, name, entry, given, tar);
                    return;
                }
                case HARD_LINK -> {
                    root.link(below(entry.link()), path);
                    return;
                }
                case SYMBOLIC_LINK -> parent.symlink(entry.link(), name);
                case CHARACTER_DEVICE -> special(parent, name, FileType.CHARACTER_DEVICE, entry);
                case BLOCK_DEVICE -> special(parent, name, FileType.BLOCK_DEVICE, entry);
                case FIFO -> special(parent, name, FileType.FIFO, entry);
            }
            try (OpenFile made = parent.place(name)) {
                describe(made, entry, given);
            }
        }
    }

    private void content(Folder parent, String name, TarEntry entry, TreeCopy.Owner given, TarReader tar)
            throws IOException {
        try (OpenFile file = parent.create(name, 0600)) {
            byte[] buffer = new byte[BUFFER_BYTES];
            try (OutputStream output = file.output()) {
                for (int count = tar.read(buffer, 0, buffer.length);
                        count >= 0;
                        count = tar.read(buffer, 0, buffer.length)) {
                    output.write(buffer, 0, count);
                }
            }
            describe(file, entry, given);
        }
    }

    private static void describe(OpenFile file, TarEntry entry, TreeCopy.Owner given) {
        file.chown(given.uid(), given.gid());
        if (entry.kind() != TarEntry.Kind.SYMBOLIC_LINK) {
            file.chmod(entry.mode());
        }
        entry.attributes().forEach((attribute, value) -> {
            if (attribute.startsWith("user.") || attribute.equals("security.capability")) {
                file.setAttribute(attribute, value);
            }
        });
        file.setModified(entry.modified());
    }

    private TreeCopy.Owner owner(TarEntry entry) {
        return owner.orElseGet(
                () -> new TreeCopy.Owner(outside(entry.uid(), entry.name()), outside(entry.gid(), entry.name())));
    }

    /** @param whose what has it in the container */
    private long outside(long id, String whose) {
        return users.map(range -> range.require(id, whose)).orElse(id);
    }

    private static void special(Folder parent, String name, FileType type, TarEntry entry) {
        parent.makeSpecial(name, type, 0600, new FileStatus.DeviceNumber(entry.major(), entry.minor()));
    }

    private static void makeRoom(Folder parent, String name, String path, boolean forFolder) {
        Optional<FileStatus> there = parent.find(name);
        if (there.isEmpty() || (there.get().isFolder() && forFolder)) {
            return;
        }
        if (there.get().isFolder() || forFolder) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "cannot overwrite " + path + ": one is a folder, the other is not: remove it first");
        }
        parent.unlink(name);
    }

    /** The name's text below the folder; "..", as far as it may lead, ends at the folder. */
    private String below(String name) {
        Path inside = Path.of("/")
                .resolve(name.startsWith("/") ? name.substring(1) : name)
                .normalize();
        String text = inside.toString();
        return text.equals("/") ? folder : (folder.equals("/") ? "" : folder) + text;
    }
}
