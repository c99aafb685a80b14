package org.berth.builder.context;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.path.FileStatus;
import org.berth.linux.path.Folder;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.LastLink;
import org.berth.linux.path.OpenFile;
import org.berth.linux.path.TreeCopy;

/** The root that COPY writes to. */
public final class CopyTarget {
    private static final int FOLDER_MODE = 0755;

    private final InRoot root;

    public CopyTarget(InRoot root) {
        this.root = root;
    }

    /**
     * Something to copy.
     *
     * @param path of the source tree
     * @param below the folders in the target that it comes to; "" for the target itself
     */
    public record Chosen(String path, String below) {}

    /**
     * How to copy.
     *
     * @param owner of all that is copied and of the folders made for it; empty: as in the source
     * @param attributes whether extended attributes come along
     * @param modes permissions of what is copied
     */
    public record Manner(Optional<TreeCopy.Owner> owner, boolean attributes, TreeCopy.Modes modes) {
        /** Everything as it is. */
        public static final Manner EXACT = new Manner(Optional.empty(), true, TreeCopy.Modes.SAME);
    }

    /**
     * Copies as COPY does: a folder's content into the target, which is then a folder; a file into the
     * target when it ends with a slash or is a folder, else to the target's own name.
     *
     * @param paths what {@link SourceTree#resolve} gave, of all sources
     * @param target absolute
     * @param owner of all that is copied and of the folders made for it; empty: as in the source
     * @param attributes whether extended attributes come along
     */
    public void copy(
            SourceTree source, List<String> paths, String target, Optional<TreeCopy.Owner> owner, boolean attributes) {
        List<Chosen> chosen = paths.stream().map(path -> new Chosen(path, "")).toList();
        copyChosen(source, chosen, target, paths.size() > 1, new Manner(owner, attributes, TreeCopy.Modes.SAME));
    }

    /**
     * The same for what was chosen.
     *
     * @param many whether more than one file may come: then the target must be a folder
     */
    public void copyChosen(SourceTree source, List<Chosen> chosen, String target, boolean many, Manner manner) {
        boolean folder = isForMany(target, many);
        for (Chosen one : chosen) {
            boolean moved = !one.below().isEmpty();
            String place = moved ? (target.endsWith("/") ? target : target + "/") + one.below() : target;
            copy(source, one.path(), place, folder || moved, manner);
        }
    }

    /** The path of one file that comes to a target, the folders above made. */
    public String file(String target, String name, boolean many, TreeCopy.Owner owner) {
        boolean folder = isForMany(target, many);
        String parent = folder ? target : target.substring(0, target.lastIndexOf('/') + 1);
        root.makeFolders(parent, FOLDER_MODE, owner.uid(), owner.gid()).close();
        return folder ? (target.endsWith("/") ? target : target + "/") + name : parent + last(target);
    }

    /** Puts a file of the host at a path. */
    public void put(Path file, String path, int mode, TreeCopy.Owner owner, Instant modified) {
        root.replace(path, new byte[0], 0600, owner.uid(), owner.gid());
        try (InputStream input = Files.newInputStream(file);
                OpenFile to = root.write(path);
                OutputStream output = to.output()) {
            input.transferTo(output);
        } catch (IOException e) {
            throw new UncheckedIOException("write " + path, e);
        }
        root.chown(path, owner.uid(), owner.gid(), LastLink.KEEP);
        root.chmod(path, mode);
        root.setModified(path, modified, LastLink.KEEP);
    }

    private boolean isForMany(String target, boolean many) {
        boolean folder = target.endsWith("/") || isFolder(target);
        if (many && !folder) {
            throw new BerthException(
                    ErrorCode.INVALID, "the target '" + target + "' must end with / when more than one file is copied");
        }
        return folder;
    }

    private void copy(SourceTree source, String path, String target, boolean folder, Manner manner) {
        TreeCopy.Owner maker = manner.owner().orElse(new TreeCopy.Owner(0, 0));
        FileStatus status = source.status(path);
        if (status.isFolder()) {
            TreeCopy copy = new TreeCopy(new TreeCopy.Options(
                    manner.owner(),
                    manner.attributes(),
                    (below, type) -> source.wants(path, below, type),
                    manner.modes()));
            try (Folder from = source.root().folder(path);
                    Folder to = root.makeFolders(target, FOLDER_MODE, maker.uid(), maker.gid())) {
                copy.contents(from, to);
            }
            return;
        }
        if (!source.wantsFile(path)) {
            return;
        }
        String real = followed(source, path);
        String name = folder ? path.substring(path.lastIndexOf('/') + 1) : last(target);
        String parent = folder ? target : target.substring(0, target.lastIndexOf('/') + 1);
        TreeCopy copy = new TreeCopy(
                new TreeCopy.Options(manner.owner(), manner.attributes(), (below, type) -> true, manner.modes()));
        try (Folder from = source.root().parent(real);
                Folder to = root.makeFolders(parent, FOLDER_MODE, maker.uid(), maker.gid())) {
            copy.entry(from, real.substring(real.lastIndexOf('/') + 1), to, name);
        }
    }

    /** The path of what a source's last link leads to, in the root; a link to a link is followed too. */
    private static String followed(SourceTree source, String path) {
        String real = path;
        for (int i = 0; i < LINKS_MAX; i++) {
            if (!source.root().status(real, LastLink.KEEP).isSymbolicLink()) {
                return real;
            }
            String link = source.root().readLink(real);
            real = link.startsWith("/") ? link : real.substring(0, real.lastIndexOf('/') + 1) + link;
        }
        throw new BerthException(ErrorCode.INVALID, "'" + path + "': more than " + LINKS_MAX + " symbolic links");
    }

    private static final int LINKS_MAX = 40;

    private static String last(String target) {
        String name = target.substring(target.lastIndexOf('/') + 1);
        if (name.isEmpty() || name.equals(".") || name.equals("..")) {
            throw new BerthException(ErrorCode.INVALID, "'" + target + "' is no name of a file");
        }
        return name;
    }

    private boolean isFolder(String target) {
        return root.find(target, LastLink.FOLLOW).filter(FileStatus::isFolder).isPresent();
    }
}
