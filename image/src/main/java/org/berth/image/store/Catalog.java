package org.berth.image.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.berth.base.AtomicFiles;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import org.berth.base.StoredRecords;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The repositories that were pushed to here: one file each, written whole. What a repository names is kept in the content
 * store for as long as it does. Safe for concurrent use.
 */
public final class Catalog {
    private static final int REPOSITORIES_MAX = 10_000;
    private static final int ENTRIES_MAX = 100_000;
    private static final String REMEDY = "remove the file, and push what was in the repository again";

    private static final Logger LOG = LoggerFactory.getLogger(Catalog.class);

    private final Path folder;
    private boolean whole = true;
    private final Map<String, RepositoryRecord> repositories = new TreeMap<>();
    private final ReentrantLock lock = new ReentrantLock();

    /** Reads the catalog of a folder, which is made when something is pushed. */
    public Catalog(Path folder) {
        this.folder = folder;
        if (Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                files.filter(file -> file.toString().endsWith(".json")).forEach(this::readIfSound);
            } catch (IOException e) {
                throw new UncheckedIOException("list " + folder + ": " + e.getMessage(), e);
            }
        }
    }

    /** One repository that can't be read must not keep the others away; what it has stays until it is mended. */
    private void readIfSound(Path file) {
        try {
            read(file);
        } catch (BerthException e) {
            LOG.error("a repository can't be served, and no blob is removed until it can: {}", e.getMessage());
            whole = false;
        }
    }

    /** Whether everything could be read, so that {@link #blobs} are all. */
    public boolean isWhole() {
        return whole;
    }

    private void read(Path file) {
        try {
            RepositoryRecord record = StoredRecords.decode(
                    StoredRecords.strict(Json.MAPPER),
                    file,
                    Files.readAllBytes(file),
                    RepositoryRecord.class,
                    RepositoryRecord.VERSION,
                    REMEDY);
            repositories.put(record.name(), record);
        } catch (IOException e) {
            throw new UncheckedIOException("read " + file + ": " + e.getMessage(), e);
        }
    }

    /** Every blob that a repository names, manifests among them. */
    public Set<Digest> blobs() {
        lock.lock();
        try {
            Set<Digest> blobs = new HashSet<>();
            for (RepositoryRecord record : repositories.values()) {
                record.blobs().forEach(digest -> blobs.add(Digest.parse(digest)));
                record.manifests().keySet().forEach(digest -> blobs.add(Digest.parse(digest)));
            }
            return blobs;
        } finally {
            lock.unlock();
        }
    }

    /** Names of all repositories, sorted. */
    public List<String> names() {
        lock.lock();
        try {
            return List.copyOf(repositories.keySet());
        } finally {
            lock.unlock();
        }
    }

    /** Whether there is a repository of this name. */
    public boolean has(String name) {
        return find(name).isPresent();
    }

    /** Whether a repository has a blob. */
    public boolean hasBlob(String name, Digest digest) {
        return find(name)
                .map(record -> record.blobs().contains(digest.toString()))
                .orElse(false);
    }

    /** Whether any repository has a blob. */
    public boolean anyHas(Digest digest) {
        return names().stream().anyMatch(name -> hasBlob(name, digest));
    }

    /** A manifest by tag or digest. */
    public Optional<StoredManifest> manifest(String name, String tagOrDigest) {
        return find(name).flatMap(record -> {
            String digest = record.tags().getOrDefault(tagOrDigest, tagOrDigest);
            return Optional.ofNullable(record.manifests().get(digest));
        });
    }

    /** A repository's tags, in no order. */
    public Set<String> tags(String name) {
        return find(name).map(record -> record.tags().keySet()).orElse(Set.of());
    }

    /** The manifests that refer to a digest, in the order of theirs. */
    public List<StoredManifest> referrers(String name, Digest subject) {
        return find(name).stream()
                .flatMap(record -> new TreeMap<>(record.manifests()).values().stream())
                .filter(manifest -> manifest.subject().equals(subject.toString()))
                .toList();
    }

    /** Puts a blob that the content store has into a repository, which is made by it. */
    public void addBlob(String name, Digest digest) {
        change(name, record -> record.withBlob(digest.toString()));
    }

    /** Puts a manifest that the content store has into a repository, under these tags. */
    public void addManifest(String name, StoredManifest manifest, List<String> tags) {
        change(name, record -> record.with(manifest, tags));
    }

    /** Takes a blob out of a repository. False when it isn't there. */
    public boolean removeBlob(String name, Digest digest) {
        boolean there = hasBlob(name, digest);
        if (there) {
            change(name, record -> record.withoutBlob(digest.toString()));
        }
        return there;
    }

    /** Takes a manifest out of a repository with its tags. False when it isn't there. */
    public boolean removeManifest(String name, Digest digest) {
        boolean there = manifest(name, digest.toString()).isPresent();
        if (there) {
            change(name, record -> record.withoutManifest(digest.toString()));
        }
        return there;
    }

    /** Takes a tag out of a repository; its manifest stays. False when it isn't there. */
    public boolean removeTag(String name, String tag) {
        boolean there = tags(name).contains(tag);
        if (there) {
            change(name, record -> record.withoutTag(tag));
        }
        return there;
    }

    private Optional<RepositoryRecord> find(String name) {
        lock.lock();
        try {
            return Optional.ofNullable(repositories.get(name));
        } finally {
            lock.unlock();
        }
    }

    private void change(String name, UnaryOperator<RepositoryRecord> how) {
        lock.lock();
        try {
            RepositoryRecord before = find(name).orElse(RepositoryRecord.empty(name));
            RepositoryRecord after = how.apply(before);
            if (after.equals(before)) {
                return;
            }
            refuseTooMany(after);
            Path file = file(name);
            if (after.isEmpty()) {
                Files.deleteIfExists(file);
                repositories.remove(name);
            } else {
                AtomicFiles.write(file, Json.MAPPER.writeValueAsBytes(after));
                repositories.put(name, after);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("change the repository " + name + ": " + e.getMessage(), e);
        } finally {
            lock.unlock();
        }
    }

    private void refuseTooMany(RepositoryRecord record) {
        int entries = record.blobs().size()
                + record.manifests().size()
                + record.tags().size();
        boolean isNew = !repositories.containsKey(record.name());
        if (entries > ENTRIES_MAX || (isNew && repositories.size() >= REPOSITORIES_MAX)) {
            throw new BerthException(
                    ErrorCode.EXHAUSTED,
                    "the registry has room for " + REPOSITORIES_MAX + " repositories of " + ENTRIES_MAX + " entries");
        }
    }

    /** By a digest of the name: names have slashes, and may be longer than a file's. */
    private Path file(String name) {
        return folder.resolve(Digest.of(name.getBytes(StandardCharsets.UTF_8)).hex() + ".json");
    }
}
