package org.berth.builder.context;

import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.path.FileStatus;
import org.berth.linux.path.Folder;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.LastLink;
import org.berth.linux.path.TreeCopy;

/** The root that COPY writes to. */
public final class CopyTarget {
    private static final int FOLDER_MODE = 0755;

    private final InRoot root;

    public CopyTarget(InRoot root) {
        this.root = root;
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
        boolean folder = target.endsWith("/") || isFolder(target);
        if (paths.size() > 1 && !folder) {
            throw new BerthException(
                    ErrorCode.INVALID, "the target '" + target + "' must end with / when more than one file is copied");
        }
        for (String path : paths) {
            copy(source, path, target, folder, owner, attributes);
        }
    }

    private void copy(
            SourceTree source,
            String path,
            String target,
            boolean folder,
            Optional<TreeCopy.Owner> owner,
            boolean attributes) {
        TreeCopy.Owner maker = owner.orElse(new TreeCopy.Owner(0, 0));
        FileStatus status = source.status(path);
        if (status.isFolder()) {
            TreeCopy copy = new TreeCopy(new TreeCopy.Options(
                    owner,
                    attributes,
                    (below, type) -> source.wants(path.isEmpty() ? below : path + "/" + below, type)));
            try (Folder from = source.root().folder(path);
                    Folder to = root.makeFolders(target, FOLDER_MODE, maker.uid(), maker.gid())) {
                copy.contents(from, to);
            }
            return;
        }
        String real = followed(source, path);
        String name = folder ? path.substring(path.lastIndexOf('/') + 1) : last(target);
        String parent = folder ? target : target.substring(0, target.lastIndexOf('/') + 1);
        TreeCopy copy = new TreeCopy(new TreeCopy.Options(owner, attributes, (below, type) -> true));
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
