package org.berth.linux.path;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/**
 * One copy of a tree of files from one root into another: owners, modes, times, extended attributes,
 * hard links, devices. Both sides are walked by descriptor, a folder at a time, and no symbolic link
 * is followed; what is mounted in the source is copied as it looks.
 *
 * <p>Folders that are there already are kept as they are and filled; other files are replaced. A
 * folder never replaces a file, nor a file a folder: that is an error. For one copy on one thread.
 */
public final class TreeCopy {
    private static final int HARD_LINKS_MAX = 1_000_000;
    private static final long COPY_BYTES_MAX = 1L << 30;

    private final Options options;
    private final Map<FileKey, String> copied = new HashMap<>();

    public TreeCopy(Options options) {
        this.options = options;
    }

    /**
     * How to copy.
     *
     * @param owner who owns all that is copied; empty: as in the source
     * @param attributes whether extended attributes are copied
     * @param filter what is copied
     * @param modes the permissions of what is copied
     */
    public record Options(Optional<Owner> owner, boolean attributes, Filter filter, Modes modes) {
        /** Everything as it is. */
        public static final Options EXACT = new Options(Optional.empty(), true, (path, type) -> true);

        public Options(Optional<Owner> owner, boolean attributes, Filter filter) {
            this(owner, attributes, filter, Modes.SAME);
        }
    }

    /** Gives a copy its permissions. */
    @FunctionalInterface
    public interface Modes {
        /** As in the source. */
        Modes SAME = (mode, folder) -> mode;

        /** Those of a copy, from those of the source. */
        int of(int mode, boolean folder);
    }

    /** An owner, by the ids of the root. */
    public record Owner(long uid, long gid) {}

    /** Chooses what is copied. A folder that is not chosen is not looked into. */
    @FunctionalInterface
    public interface Filter {
        /**
         * @param path below the folder the copy began at, without a slash at its beginning
         */
        boolean wants(String path, FileType type);
    }

    /** Copies everything in {@code source} into {@code target}, but neither's own attributes. */
    public void contents(Folder source, Folder target) {
        copied.clear();
        contents(source, target, target, "", 0);
    }

    /** Copies one entry, with all below it when it is a folder, and gives it a name. */
    public void entry(Folder source, String name, Folder target, String newName) {
        copied.clear();
        entry(new Step(source, name, target, newName, target, newName, 0));
    }

    /** Gives {@code target} the owner, mode, time and attributes of {@code source}. */
    public void attributes(OpenFile source, OpenFile target) {
        FileStatus status = source.status();
        Owner owner = options.owner().orElse(new Owner(status.uid(), status.gid()));
        target.chown(owner.uid(), owner.gid());
        if (!status.isSymbolicLink()) {
            target.chmod(options.modes().of(status.mode(), status.isFolder()));
        }
        if (options.attributes()) {
            for (String attribute : source.attributes()) {
                if (!attribute.startsWith(OverlayAttributes.PREFIX)) {
                    source.attribute(attribute).ifPresent(value -> target.setAttribute(attribute, value));
                }
            }
        }
        target.setModified(status.modified());
    }

    private void contents(Folder source, Folder target, Folder top, String path, int depth) {
        if (depth >= Folder.DEPTH_MAX) {
            throw new SystemCallException(
                    "copy " + source.path() + " (more than " + Folder.DEPTH_MAX + " folders deep)", Errno.ELOOP);
        }
        for (Folder.Entry entry : source.list()) {
            String below = path.isEmpty() ? entry.name() : path + "/" + entry.name();
            if (options.filter().wants(below, entry.type())) {
                entry(new Step(source, entry.name(), target, entry.name(), top, below, depth));
            }
        }
    }

    private void entry(Step step) {
        try (OpenFile place = step.source().place(step.name())) {
            FileStatus status = place.status();
            if (status.isFolder()) {
                folder(step);
                return;
            }
            makeRoom(step);
            Optional<String> other = remember(status, step.path());
            if (other.isPresent()) {
                hardLink(step, other.get());
                return;
            }
            switch (status.type()) {
                case REGULAR -> regular(step, status);
                case SYMBOLIC_LINK -> step.target().symlink(place.readLink(), step.newName());
                default -> step.target().makeSpecial(step.newName(), status.type(), status.mode(), status.special());
            }
            if (!status.isRegular()) {
                try (OpenFile made = step.target().place(step.newName())) {
                    attributes(place, made);
                }
            }
        }
    }

    private void folder(Step step) {
        Optional<FileStatus> there = step.target().find(step.newName());
        if (there.isPresent() && !there.get().isFolder()) {
            throw new SystemCallException("copy folder " + step.path() + " over what is no folder", Errno.ENOTDIR);
        }
        if (there.isEmpty()) {
            step.target().makeFolder(step.newName(), 0700);
        }
        try (Folder from = step.source().folder(step.name());
                Folder to = step.target().folder(step.newName())) {
            contents(from, to, step.top(), step.path(), step.depth() + 1);
            if (there.isEmpty()) {
                try (OpenFile source = from.self();
                        OpenFile target = to.self()) {
                    attributes(source, target);
                }
            }
        }
    }

    private void regular(Step step, FileStatus status) {
        try (OpenFile from = step.source().read(step.name());
                OpenFile to = step.target().create(step.newName(), 0600)) {
            copyContent(from, to, step.path(), status.sizeBytes());
            attributes(from, to);
        }
    }

    private static void makeRoom(Step step) {
        Optional<FileStatus> there = step.target().find(step.newName());
        if (there.isPresent() && there.get().isFolder()) {
            throw new SystemCallException("copy " + step.path() + " over a folder", Errno.EISDIR);
        }
        if (there.isPresent()) {
            step.target().unlink(step.newName());
        }
    }

    /** The path of the copy that is already a name of the same file, if it has more than one name. */
    private Optional<String> remember(FileStatus status, String path) {
        if (status.links() < 2) {
            return Optional.empty();
        }
        if (copied.size() >= HARD_LINKS_MAX) {
            throw new SystemCallException(
                    "copy " + path + " (more than " + HARD_LINKS_MAX + " hard links)", Errno.ENOSPC);
        }
        return Optional.ofNullable(copied.putIfAbsent(new FileKey(status.device(), status.inode()), path));
    }

    private static void hardLink(Step step, String existing) {
        InRootPath split = InRootPath.of(existing);
        int flags = OpenFlags.READ_ONLY | OpenFlags.DIRECTORY;
        long resolve = OpenFlags.RESOLVE_BENEATH | OpenFlags.RESOLVE_NO_LINKS;
        try (Folder folder = new Folder(
                Opening.open("link " + existing, step.top().descriptor(), split.parent(), flags, 0, resolve),
                split.parent())) {
            step.target().link(folder, split.name(), step.newName());
        }
    }

    private static void copyContent(OpenFile from, OpenFile to, String path, long sizeBytes) {
        long done = 0;
        while (true) {
            long copied = SystemCalls.attempt(
                    SystemCallNumber.COPY_FILE_RANGE,
                    from.descriptor().number(),
                    0,
                    to.descriptor().number(),
                    0,
                    COPY_BYTES_MAX,
                    0);
            if (copied < 0 || (copied == 0 && done == 0 && sizeBytes > 0)) {
                copyByBuffer(from, to, path);
                return;
            }
            if (copied == 0) {
                return;
            }
            done += copied;
        }
    }

    /** For file systems between which the kernel copies nothing itself; goes on where that ended. */
    private static void copyByBuffer(OpenFile from, OpenFile to, String path) {
        try (var input = from.input();
                var output = to.output()) {
            input.transferTo(output);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException("copy " + path, e);
        }
    }

    private record FileKey(FileStatus.DeviceNumber device, long inode) {}

    /** One entry on its way; {@code path} is below {@code top}, where the copy began. */
    private record Step(
            Folder source, String name, Folder target, String newName, Folder top, String path, int depth) {}
}
