package org.berth.builder.git;

import java.io.IOException;
import java.nio.file.Path;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.FileErrors;
import org.berth.linux.path.InRoot;
import org.eclipse.jgit.errors.ConfigInvalidException;
import org.eclipse.jgit.lib.BlobBasedConfig;
import org.eclipse.jgit.revwalk.RevCommit;

/** The files of a commit in a folder of ours, with those of the repositories that it has in it (submodules). */
public final class GitCheckout {
    private static final int DEPTH_MAX = 8;
    private static final int REPOSITORIES_MAX = 200;
    private static final String LIST = ".gitmodules";

    private final Path scratch;
    private final InRoot root;
    private int count;

    /**
     * @param root where the files go
     * @param scratch a folder for the repositories within, which the caller removes
     */
    public GitCheckout(InRoot root, Path scratch) {
        this.root = root;
        this.scratch = scratch;
    }

    /** Writes the files of a commit that is there. */
    public void write(GitRepository repository, RevCommit commit) {
        write(repository, commit, "", 0);
    }

    private void write(GitRepository repository, RevCommit commit, String folder, int depth) {
        GitTree tree = new GitTree(
                repository, root, (path, other) -> submodule(repository, commit, folder, path, other, depth));
        tree.write(commit, folder);
    }

    private void submodule(
            GitRepository repository, RevCommit commit, String folder, String path, String other, int depth) {
        String name = path.substring(folder.length() + 1);
        if (depth >= DEPTH_MAX || ++count > REPOSITORIES_MAX) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "repository " + repository.remote().name() + ": more than " + DEPTH_MAX
                            + " repositories within each other, or " + REPOSITORIES_MAX + " in all");
        }
        GitRemote remote = repository.remote().other(address(repository, commit, name));
        try (GitRepository within = GitRepository.open(remote, scratch.resolve(Integer.toString(count)))) {
            write(within, within.commit(other), path, depth + 1);
        }
    }

    private static String address(GitRepository repository, RevCommit commit, String path) {
        try {
            BlobBasedConfig list = new BlobBasedConfig(null, repository.repository(), commit, LIST);
            for (String name : list.getSubsections("submodule")) {
                String address = list.getString("submodule", name, "url");
                if (path.equals(list.getString("submodule", name, "path")) && address != null) {
                    return address;
                }
            }
        } catch (java.io.FileNotFoundException e) {
            // said below
        } catch (ConfigInvalidException e) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "repository " + repository.remote().name() + ": " + LIST + ": " + e.getMessage(),
                    e);
        } catch (IOException e) {
            throw FileErrors.of("read " + LIST + " of " + repository.remote().name(), e);
        }
        throw new BerthException(
                ErrorCode.INVALID,
                "repository " + repository.remote().name() + ": " + LIST + " does not say where the repository in '"
                        + path + "' is from");
    }
}
