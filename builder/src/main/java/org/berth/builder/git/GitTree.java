package org.berth.builder.git;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.path.Folder;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.LastLink;
import org.berth.linux.path.OpenFile;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectLoader;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.treewalk.TreeWalk;

/**
 * Writes the files of a commit to a folder, as git checks them out with a umask of 022; all of them have the commit's time,
 * so that the same commit gives the same layer. What is written is resolved in the folder by descriptor, so that no link
 * that the repository has leads out of it (CVE-2024-32002 wrote through one).
 */
final class GitTree {
    private static final int FILES_MAX = 1_000_000;
    private static final long BYTES_MAX = 16L << 30;
    private static final int LINK_BYTES_MAX = 4096;
    private static final int FILE_MODE = 0644;
    private static final int PROGRAM_MODE = 0755;
    private static final int FOLDER_MODE = 0755;
    private static final Set<String> NO_NAMES = Set.of("", ".", "..");

    private final GitRepository from;
    private final InRoot root;
    private final Submodules submodules;
    private int files;
    private long bytes;

    /** Writes the files of another repository's commit to a folder that was made. */
    @FunctionalInterface
    interface Submodules {
        void write(String path, String commit);
    }

    GitTree(GitRepository from, InRoot root, Submodules submodules) {
        this.from = from;
        this.root = root;
        this.submodules = submodules;
    }

    /** @param folder where; "" for the root's own */
    void write(RevCommit commit, String folder) {
        Instant time = GitRepository.made(commit);
        Deque<String> folders = new ArrayDeque<>();
        try (TreeWalk walk = new TreeWalk(from.repository());
                ObjectReader reader = from.repository().newObjectReader()) {
            walk.addTree(commit.getTree());
            walk.setRecursive(false);
            while (walk.next()) {
                String path = folder + "/" + checked(walk.getPathString());
                if (++files > FILES_MAX) {
                    throw invalid("more than " + FILES_MAX + " files");
                }
                FileMode mode = walk.getFileMode(0);
                if (mode.equals(FileMode.TREE)) {
                    root.makeFolder(path, FOLDER_MODE);
                    folders.push(path);
                    walk.enterSubtree();
                } else if (mode.equals(FileMode.GITLINK)) {
                    root.makeFolder(path, FOLDER_MODE);
                    folders.push(path);
                    submodules.write(path, walk.getObjectId(0).name());
                } else if (mode.equals(FileMode.SYMLINK)) {
                    ObjectLoader link = reader.open(walk.getObjectId(0));
                    root.symlink(new String(link.getBytes(LINK_BYTES_MAX), StandardCharsets.UTF_8), path);
                    root.setModified(path, time, LastLink.KEEP);
                } else {
                    file(reader, walk.getObjectId(0), path, mode.equals(FileMode.EXECUTABLE_FILE), time);
                }
                if (Thread.currentThread().isInterrupted()) {
                    throw new BerthException(ErrorCode.FAILED, "the checkout was cancelled");
                }
            }
        } catch (IOException e) {
            throw new BerthException(
                    ErrorCode.FAILED, "repository " + from.remote().name() + ": " + e.getMessage(), e);
        }
        folders.forEach(path -> root.setModified(path, time, LastLink.KEEP)); // the lowest first
        root.setModified(folder.isEmpty() ? "/" : folder, time, LastLink.KEEP);
    }

    private void file(ObjectReader reader, ObjectId id, String path, boolean program, Instant time) throws IOException {
        ObjectLoader content = reader.open(id);
        bytes += content.getSize();
        if (bytes > BYTES_MAX) {
            throw invalid("more than " + BYTES_MAX + " bytes");
        }
        int slash = path.lastIndexOf('/');
        try (Folder parent = root.folder(path.substring(0, slash + 1));
                OpenFile file = parent.create(path.substring(slash + 1), program ? PROGRAM_MODE : FILE_MODE)) {
            try (OutputStream output = file.output()) {
                content.copyTo(output);
            }
        }
        root.chmod(path, program ? PROGRAM_MODE : FILE_MODE);
        root.setModified(path, time, LastLink.KEEP);
    }

    /** Names that git itself refuses: the library looked when they came, and this looks again. */
    private String checked(String path) {
        String name = path.substring(path.lastIndexOf('/') + 1);
        if (NO_NAMES.contains(name) || name.toLowerCase(Locale.ROOT).equals(".git")) {
            throw invalid("the name '" + path + "' is none of a file");
        }
        return path;
    }

    private BerthException invalid(String reason) {
        return new BerthException(
                ErrorCode.INVALID, "repository " + from.remote().name() + ": " + reason);
    }
}
