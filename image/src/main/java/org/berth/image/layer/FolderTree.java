package org.berth.image.layer;

import java.util.Optional;
import java.util.TreeSet;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;

/**
 * A layer's root while it is filled: finds and makes the folders that entries go into. Symbolic links that the layer
 * itself brought are followed, but never out of the root: the kernel resolves each path below the root's descriptor.
 */
final class FolderTree implements AutoCloseable {
    private static final int LINKS_MAX = 40; // as the kernel's MAXSYMLINKS
    private static final int MODE_IMPLIED = 0755;

    private final FileCalls calls;
    private final Descriptor root;
    private final TreeSet<String> implied = new TreeSet<>();
    private String lastPath = "";
    private Optional<Descriptor> last = Optional.empty();

    FolderTree(FileCalls calls, Descriptor root) {
        this.calls = calls;
        this.root = root;
    }

    /** The folder at this path, made when it is missing. Good until the next call; not to be closed. */
    Descriptor folder(String path) {
        if (last.isPresent() && lastPath.equals(path)) {
            return last.get();
        }
        Descriptor found = ensure(path, 0);
        close();
        last = Optional.of(found);
        lastPath = path;
        return found;
    }

    /** The folder at this path, if it is there; the caller closes it. */
    Optional<Descriptor> existing(String path) {
        return calls.openFolder(root, path).folder();
    }

    /** Forgets what was found: a folder was removed or replaced. */
    void forget() {
        close();
        last = Optional.empty();
    }

    /** Folders that no entry described, but others needed. */
    TreeSet<String> implied() {
        return implied;
    }

    /** The folder was described by an entry after all. */
    void describe(String path) {
        implied.remove(path);
    }

    @Override
    public void close() {
        last.ifPresent(Descriptor::close);
        last = Optional.empty();
    }

    private Descriptor ensure(String path, int links) {
        FileCalls.Opened opened = calls.openFolder(root, path);
        if (opened.folder().isPresent()) {
            return opened.folder().get();
        }
        if (path.isEmpty() || (opened.errno() != Errno.ENOENT && opened.errno() != Errno.ENOTDIR)) {
            throw new SystemCallException("open the layer's folder " + path, opened.errno());
        }
        EntryPath parts = EntryPath.of(path);
        try (Descriptor parent = ensure(parts.folder(), links)) {
            make(parent, parts, links);
        }
        FileCalls.Opened made = calls.openFolder(root, path);
        return made.folder()
                .orElseThrow(() -> new SystemCallException("open the layer's folder " + path, made.errno()));
    }

    private void make(Descriptor parent, EntryPath path, int links) {
        Optional<FileStatus> there = calls.status(parent, path.name());
        boolean whiteout = there.isPresent() && there.get().isWhiteout();
        if (whiteout) {
            calls.removeFile(parent, path.name());
        }
        if (there.isEmpty() || whiteout) {
            calls.makeFolder(parent, path.name(), MODE_IMPLIED);
            calls.permit(parent, path.name(), MODE_IMPLIED);
            implied.add(path.full());
            if (whiteout) {
                makeOpaque(parent, path.name());
            }
        } else if (there.get().type() == FileStatus.SYMBOLIC_LINK && links < LINKS_MAX) {
            // a link whose target is in a layer below, or comes later
            ensure(EntryPath.resolve(path.folder(), calls.target(parent, path.name())), links + 1)
                    .close();
        } else {
            throw new BerthException(
                    ErrorCode.INVALID, "tar: " + path.full() + " is no folder, but entries below it follow");
        }
    }

    /** Hides what layers below have in the folder. */
    void makeOpaque(Descriptor parent, String name) {
        int errno = calls.setAttribute(parent, name, Whiteouts.OPAQUE_ATTRIBUTE, Whiteouts.opaqueValue());
        if (errno != 0) {
            throw new SystemCallException("mark " + name + " opaque", errno);
        }
    }
}
