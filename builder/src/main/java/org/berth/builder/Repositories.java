package org.berth.builder;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ProxySelector;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Base64;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.builder.git.GitCheckout;
import org.berth.builder.git.GitRemote;
import org.berth.builder.git.GitRepository;
import org.berth.image.store.Digest;
import org.berth.image.store.KeyedLocks;
import org.berth.linux.path.InRoot;
import org.eclipse.jgit.revwalk.RevCommit;

/**
 * Repositories that ADD names. What was fetched of one is kept, so that a commit comes once; which commit a branch or a tag
 * is, is asked at every build.
 */
final class Repositories {
    private static final int KEPT_MAX = 64;
    private static final String CHECKSUM = "[0-9a-f]{7,40}";
    private static final String TOKEN = "GIT_AUTH_TOKEN";
    private static final String HEADER = "GIT_AUTH_HEADER";

    private final Path folder;
    private final Path staging;
    private final Supplier<ProxySelector> proxies;
    private final KeyedLocks locks = new KeyedLocks();

    /**
     * @param staging for what is there while a step is done
     * @param proxies on the way to other machines
     */
    Repositories(Path folder, Path staging, Supplier<ProxySelector> proxies) {
        this.folder = folder;
        this.staging = staging;
        this.proxies = proxies;
    }

    /** What a source stands for now. */
    record Resolved(Operation.Part.Repository source, GitRemote remote, GitRepository.Found found) {
        /** What the files depend on. */
        List<String> key() {
            return List.of(
                    source.keepGitFolder()
                            ? remote.name() + " " + found.branch().orElse("")
                            : "",
                    found.object(),
                    source.reference().folder());
        }
    }

    /** A commit's files, until it is closed. */
    record Checkout(Path files, Path all) implements AutoCloseable {
        @Override
        public void close() {
            Uninterrupted.run(() -> Trees.remove(all));
        }
    }

    /**
     * Asks a remote repository what a source is.
     *
     * @param secrets of the build, by id: who asks
     */
    Resolved resolve(Operation.Part.Repository source, Function<String, Optional<String>> secrets) {
        GitRemote anonymous = new GitRemote(source.reference().remote(), Map.of(), proxies);
        GitRemote remote = new GitRemote(anonymous.address(), headers(anonymous.host(), secrets), proxies);
        source.checksum().filter(text -> !text.matches(CHECKSUM)).ifPresent(text -> {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "checksum " + text + " of a repository: expected 7 to 40 hexadecimal digits of a commit");
        });
        return locked(remote, repository -> {
            GitRepository.Found found = repository.find(source.reference().reference());
            source.checksum().ifPresent(checksum -> {
                if (!found.object().startsWith(checksum)
                        && !repository.commit(found.object()).name().startsWith(checksum)) {
                    throw new BerthException(
                            ErrorCode.INVALID,
                            "repository " + remote.name() + ": "
                                    + source.reference().reference() + " is the commit " + found.object()
                                    + ", expected " + checksum);
                }
            });
            return new Resolved(source, remote, found);
        });
    }

    /** Writes the files of a commit. */
    Checkout checkout(Resolved resolved) {
        Path all = staging.resolve(LayerMaker.snapshotKey());
        Path files = all.resolve("files");
        Checkout checkout = new Checkout(files, all);
        try {
            Files.createDirectories(files);
            boolean whole = resolved.source().reference().folder().isEmpty();
            locked(resolved.remote(), repository -> {
                RevCommit commit = repository.commit(resolved.found().object());
                try (InRoot root = InRoot.open(files)) {
                    new GitCheckout(root, all.resolve("within")).write(repository, commit);
                }
                return true;
            });
            if (resolved.source().keepGitFolder() && whole) {
                GitRepository.besideFiles(resolved.remote(), files, resolved.found());
            }
            return checkout;
        } catch (IOException e) {
            checkout.close();
            throw new UncheckedIOException("make " + files, e);
        } catch (RuntimeException e) {
            checkout.close();
            throw e;
        }
    }

    private <T> T locked(GitRemote remote, Function<GitRepository, T> use) {
        String key = HexFormat.of()
                .formatHex(Digest.hasher().digest(remote.name().getBytes(StandardCharsets.UTF_8)))
                .substring(0, 32);
        try (KeyedLocks.Held held = locks.hold(key)) {
            Path kept = folder.resolve(key);
            try {
                Files.createDirectories(folder);
                if (!Files.exists(kept)) {
                    sweep();
                }
                try (GitRepository repository = GitRepository.open(remote, kept)) {
                    return use.apply(repository);
                } finally {
                    Files.setLastModifiedTime(kept, FileTime.from(Instant.now()));
                }
            } catch (IOException e) {
                throw new UncheckedIOException("keep " + remote.name(), e);
            }
        }
    }

    /** Makes room for one more: the one that was used least lately goes, unless it is used now. */
    private void sweep() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> all = files.sorted(
                            Comparator.comparingLong(file -> file.toFile().lastModified()))
                    .toList();
            if (all.size() >= KEPT_MAX) {
                try (KeyedLocks.Held held =
                        locks.hold(String.valueOf(all.getFirst().getFileName()))) {
                    Trees.remove(all.getFirst());
                }
            }
        }
    }

    /** By BuildKit's names of secrets, those for a host before those for all. */
    private static Map<String, String> headers(String host, Function<String, Optional<String>> secrets) {
        Optional<String> header = secrets.apply(HEADER + "." + host).or(() -> secrets.apply(HEADER));
        Optional<String> token = secrets.apply(TOKEN + "." + host).or(() -> secrets.apply(TOKEN));
        return header.map(String::strip)
                .or(() -> token.map(text -> "Basic "
                        + Base64.getEncoder()
                                .encodeToString(("x-access-token:" + text.strip()).getBytes(StandardCharsets.UTF_8))))
                .map(text -> Map.of("Authorization", text))
                .orElse(Map.of());
    }
}
