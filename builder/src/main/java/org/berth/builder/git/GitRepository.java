package org.berth.builder.git;

import java.io.IOException;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URL;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.FileErrors;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.api.errors.GitAPIException;
import org.eclipse.jgit.dircache.DirCache;
import org.eclipse.jgit.dircache.DirCacheBuilder;
import org.eclipse.jgit.dircache.DirCacheEntry;
import org.eclipse.jgit.errors.MissingObjectException;
import org.eclipse.jgit.errors.NoRemoteRepositoryException;
import org.eclipse.jgit.lib.EmptyProgressMonitor;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.lib.RefUpdate;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.lib.StoredConfig;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevObject;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.transport.TagOpt;
import org.eclipse.jgit.transport.Transport;
import org.eclipse.jgit.transport.TransportHttp;
import org.eclipse.jgit.transport.http.HttpConnection;
import org.eclipse.jgit.transport.http.HttpConnectionFactory;
import org.eclipse.jgit.transport.http.JDKHttpConnectionFactory;

/** Commits of a remote repository, kept in a folder of ours. Not for several threads. */
public final class GitRepository implements AutoCloseable {
    private static final int QUIET_SECONDS_MAX = (int) Duration.ofMinutes(2).toSeconds();
    private static final String KEPT = "refs/berth/";
    private static final String COMMIT = "[0-9a-f]{40}";

    private final GitRemote remote;
    private final Repository repository;

    private GitRepository(GitRemote remote, Repository repository) {
        this.remote = remote;
        this.repository = repository;
    }

    /**
     * What a name stands for now.
     *
     * @param object a commit, or a tag that has a text of its own; 40 hexadecimal digits
     */
    public record Found(String object, Optional<String> branch) {}

    /**
     * Puts a repository of git's own kind beside the files of a commit: that commit alone, and where it is from.
     *
     * @param folder has the commit's files
     */
    public static void besideFiles(GitRemote remote, Path folder, Found found) {
        GitSurroundings.establish();
        try (Repository repository = new FileRepositoryBuilder()
                .setWorkTree(folder.toFile())
                .setGitDir(folder.resolve(".git").toFile())
                .build()) {
            repository.create(false);
            GitRepository own = new GitRepository(remote, repository);
            own.fetch(found.object());
            RevCommit commit = own.commit(found.object());
            point(repository, found.branch(), commit);
            DirCache files = repository.lockDirCache();
            try (ObjectReader reader = repository.newObjectReader()) {
                DirCacheBuilder builder = files.builder();
                builder.addTree(new byte[0], DirCacheEntry.STAGE_0, reader, commit.getTree());
                builder.finish();
                files.write();
                files.commit();
            } finally {
                files.unlock();
            }
            StoredConfig config = repository.getConfig();
            config.setString("remote", "origin", "url", remote.name());
            config.setString("remote", "origin", "fetch", "+refs/heads/*:refs/remotes/origin/*");
            config.save();
        } catch (IOException e) {
            throw FileErrors.of("make the repository in " + folder, e);
        }
    }

    private static void point(Repository repository, Optional<String> branch, RevCommit commit) throws IOException {
        String name = branch.map(text -> "refs/heads/" + text).orElse("HEAD");
        RefUpdate update = repository.updateRef(name, branch.isEmpty());
        update.setNewObjectId(commit);
        update.disableRefLog();
        RefUpdate.Result ignored = update.forceUpdate();
        if (branch.isPresent()) {
            RefUpdate.Result linked = repository.updateRef("HEAD").link(name);
        }
    }

    /** Opens what is kept of a remote repository in a folder, made where it is missing. */
    public static GitRepository open(GitRemote remote, Path folder) {
        GitSurroundings.establish();
        try {
            Repository repository = new FileRepositoryBuilder()
                    .setGitDir(folder.toFile())
                    .setBare()
                    .build();
            if (!repository.getObjectDatabase().exists()) {
                repository.create(true);
            }
            return new GitRepository(remote, repository);
        } catch (IOException e) {
            throw FileErrors.of("open the repository in " + folder, e);
        }
    }

    /**
     * Asks the remote what a branch, a tag or a commit is; "" for what it has as its own branch.
     *
     * @throws BerthException NOT_FOUND when it has none of that name, UNAUTHORIZED when it wants to know who asks
     */
    public Found find(String name) {
        if (name.matches(COMMIT)) {
            return new Found(name, Optional.empty());
        }
        try {
            Map<String, Ref> refs = Git.lsRemoteRepository()
                    .setRemote(remote.address())
                    .setTimeout(QUIET_SECONDS_MAX)
                    .setTransportConfigCallback(this::configure)
                    .callAsMap();
            List<String> candidates = name.isEmpty()
                    ? List.of("HEAD")
                    : List.of(name, "refs/" + name, "refs/tags/" + name, "refs/heads/" + name);
            for (String candidate : candidates) {
                Ref ref = refs.get(candidate);
                if (ref != null && ref.getObjectId() != null) {
                    String target = ref.getTarget().getName();
                    return new Found(
                            ref.getObjectId().name(),
                            Optional.of(target)
                                    .filter(text -> text.startsWith("refs/heads/"))
                                    .map(text -> text.substring("refs/heads/".length())));
                }
            }
            throw new BerthException(
                    ErrorCode.NOT_FOUND,
                    "repository " + remote.name() + " has "
                            + (name.isEmpty() ? "nothing in it" : "no branch, tag or commit '" + name + "'"));
        } catch (GitAPIException e) {
            throw failed(e);
        }
    }

    /** Sees to it that a commit is here with its files. @return the commit, which a tag may have named */
    public RevCommit commit(String object) {
        ObjectId id = ObjectId.fromString(object);
        try (RevWalk walk = new RevWalk(repository)) {
            if (!has(id)) {
                fetch(object);
            }
            RevObject peeled = walk.peel(walk.parseAny(id));
            if (peeled instanceof RevCommit commit) {
                walk.parseHeaders(commit);
                return commit;
            }
            throw new BerthException(
                    ErrorCode.INVALID, "repository " + remote.name() + ": " + object + " is no commit");
        } catch (MissingObjectException e) {
            throw new BerthException(
                    ErrorCode.NOT_FOUND, "repository " + remote.name() + " has no commit " + object, e);
        } catch (IOException e) {
            throw FileErrors.of("read the repository " + remote.name(), e);
        }
    }

    /** When a commit was made. */
    public static Instant made(RevCommit commit) {
        return commit.getCommitterIdent().getWhenAsInstant();
    }

    Repository repository() {
        return repository;
    }

    GitRemote remote() {
        return remote;
    }

    @Override
    public void close() {
        repository.close();
    }

    private boolean has(ObjectId id) throws IOException {
        return repository.exactRef(KEPT + id.name()) != null
                && repository.getObjectDatabase().has(id);
    }

    /** That commit alone; of servers that give none by its digest, all that they have. */
    private void fetch(String object) {
        try {
            fetch(List.of(new RefSpec(object + ":" + KEPT + object)), 1);
        } catch (GitAPIException first) {
            try {
                fetch(List.of(new RefSpec("+refs/heads/*:refs/heads/*"), new RefSpec("+refs/tags/*:refs/tags/*")), 0);
            } catch (GitAPIException e) {
                e.addSuppressed(first);
                throw failed(e);
            }
        }
    }

    private void fetch(List<RefSpec> what, int depth) throws GitAPIException {
        try (Git git = new Git(repository)) {
            var command = git.fetch()
                    .setRemote(remote.address())
                    .setRefSpecs(what)
                    .setTagOpt(TagOpt.NO_TAGS)
                    .setCheckFetchedObjects(true)
                    .setProgressMonitor(new Cancellation())
                    .setTimeout(QUIET_SECONDS_MAX)
                    .setTransportConfigCallback(this::configure);
            if (depth > 0) {
                command.setDepth(depth);
            }
            command.call();
        }
    }

    private void configure(Transport transport) {
        if (transport instanceof TransportHttp http) {
            http.setAdditionalHeaders(remote.headers());
            http.setHttpConnectionFactory(new ByProxy(remote.proxies().get()));
        }
    }

    private BerthException failed(GitAPIException e) {
        if (Thread.currentThread().isInterrupted()) {
            return new BerthException(ErrorCode.FAILED, "fetch " + remote.name() + ": cancelled", e);
        }
        String why = reason(e).replace(remote.address(), remote.name());
        if (e.getCause() instanceof NoRemoteRepositoryException) {
            return new BerthException(ErrorCode.NOT_FOUND, "there is no repository " + remote.name(), e);
        }
        boolean unknown = why.contains("not authorized") || why.contains("Authentication is required");
        return new BerthException(
                unknown ? ErrorCode.UNAUTHORIZED : ErrorCode.FAILED,
                "fetch " + remote.name() + ": " + why
                        + (unknown ? "; expected --secret id=GIT_AUTH_TOKEN, or id=GIT_AUTH_HEADER" : ""),
                e);
    }

    /** What the library says, and what was below it: of a host that is not known it says only that it failed. */
    private static String reason(Throwable e) {
        String said = String.valueOf(e.getMessage());
        Throwable deepest = deepest(e);
        String below = deepest instanceof UnknownHostException
                ? "the host " + deepest.getMessage() + " is not known"
                : String.valueOf(deepest.getMessage());
        return said.contains(below) ? said : said + ": " + below;
    }

    private static Throwable deepest(Throwable e) {
        Throwable cause = e.getCause();
        return cause == null ? e : deepest(cause);
    }

    /** Ends a fetch whose build was called off. */
    private static final class Cancellation extends EmptyProgressMonitor {
        @Override
        public boolean isCancelled() {
            return Thread.currentThread().isInterrupted();
        }
    }

    /** Connections by the proxies of this machine, and not those of the library's choice. */
    private record ByProxy(ProxySelector proxies) implements HttpConnectionFactory {
        private static final HttpConnectionFactory PLAIN = new JDKHttpConnectionFactory();

        @Override
        public HttpConnection create(URL url) throws IOException {
            return PLAIN.create(url, proxy(url));
        }

        @Override
        public HttpConnection create(URL url, Proxy ignored) throws IOException {
            return PLAIN.create(url, proxy(url));
        }

        private Proxy proxy(URL url) {
            return proxies.select(java.net.URI.create(url.toString())).stream()
                    .findFirst()
                    .orElse(Proxy.NO_PROXY);
        }
    }
}
