package org.berth.builder;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.builder.dockerfile.RunMount;
import org.berth.builder.dockerfile.RunMount.Sharing;
import org.berth.image.store.Digest;
import org.berth.linux.path.Folder;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.OpenFile;
import org.berth.linux.path.TreeCopy;

/**
 * Folders that {@code RUN --mount=type=cache} keeps from build to build, by their id. What lies in them was written by steps:
 * a path in one is resolved in it by descriptor, and what is mounted is that descriptor (CVE-2024-23651: a step that shared
 * a cache swapped the folder for a link between the look and the mount).
 */
final class CacheFolders {
    private static final int COPIES_MAX = 64;

    private final Path folder;
    private final Path mounts;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition freed = lock.newCondition();
    private final Map<String, Integer> users = new HashMap<>();
    private final Map<String, Boolean> exclusive = new HashMap<>();

    CacheFolders(Path folder) {
        this.folder = folder;
        this.mounts = folder.resolveSibling("mounts");
    }

    /** Ends what a daemon that was killed left bound. Before the first build. */
    void recover() {
        HeldMount.endAll(mounts);
    }

    /** A cache in use; closed after the step. */
    record Lease(Path path, Runnable end) implements AutoCloseable {
        @Override
        public void close() {
            end.run();
        }
    }

    Path folder() {
        return folder;
    }

    /**
     * Takes a cache, waiting for whoever has it locked.
     *
     * @param beginning what a new one holds
     */
    Lease take(RunMount.Cache cache, Optional<Path> beginning) {
        String key = enter(cache.id(), cache.sharing());
        try {
            Path own = folder.resolve(key);
            make(own, cache, beginning);
            if (cache.from().isPresent() || cache.source().equals("/")) {
                return new Lease(own, () -> leave(key));
            }
            try (InRoot root = InRoot.open(own);
                    OpenFile held = place(root, cache)) {
                HeldMount mount = HeldMount.of(held, mounts.resolve(LayerMaker.snapshotKey()));
                return new Lease(mount.path(), () -> {
                    mount.close();
                    leave(key);
                });
            }
        } catch (RuntimeException e) {
            leave(key);
            throw e;
        }
    }

    /** The folder that a cache's source names, in the cache whatever links are in it. */
    private static OpenFile place(InRoot root, RunMount.Cache cache) {
        RunMount.Access access = cache.access();
        try (Folder below = root.makeFolders(cache.source(), access.mode(), access.uid(), access.gid())) {
            return below.self();
        }
    }

    private void make(Path own, RunMount.Cache cache, Optional<Path> beginning) {
        if (Files.isDirectory(own)) {
            return;
        }
        RunMount.Access access = cache.access();
        try {
            Files.createDirectories(folder);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException("make " + folder, e);
        }
        try (InRoot root = InRoot.open(folder);
                Folder made = root.makeFolders("/" + own.getFileName(), access.mode(), access.uid(), access.gid())) {
            if (beginning.isPresent()) {
                try (InRoot from = InRoot.open(beginning.get());
                        Folder source = from.folder("/")) {
                    new TreeCopy(TreeCopy.Options.EXACT).contents(source, made);
                }
            }
        }
    }

    private String enter(String id, Sharing sharing) {
        lock.lock();
        try {
            String key = key(id, 0);
            if (sharing == Sharing.PRIVATE) {
                for (int copy = 0; copy < COPIES_MAX && users.getOrDefault(key, 0) > 0; copy++) {
                    key = key(id, copy + 1);
                }
            }
            boolean alone = sharing == Sharing.LOCKED;
            while (users.getOrDefault(key, 0) > 0 && (alone || exclusive.getOrDefault(key, false))) {
                freed.await();
            }
            users.merge(key, 1, Integer::sum);
            exclusive.put(key, alone);
            return key;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BerthException(ErrorCode.FAILED, "cancelled while waiting for the cache " + id, e);
        } finally {
            lock.unlock();
        }
    }

    private void leave(String key) {
        lock.lock();
        try {
            users.merge(key, -1, Integer::sum);
            if (users.getOrDefault(key, 0) <= 0) {
                users.remove(key);
                exclusive.remove(key);
            }
            freed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private static String key(String id, int copy) {
        byte[] digest = Digest.hasher().digest((id + "\0" + copy).getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest).substring(0, 32);
    }
}
