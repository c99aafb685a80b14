package org.berth.image;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.FileErrors;
import org.berth.base.Progress;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.registry.Ranges;
import org.berth.image.registry.Repository;
import org.berth.image.store.ContentStore;
import org.berth.image.store.Digest;
import org.berth.image.store.GrowingFile;
import org.berth.image.store.ImageStore;
import org.berth.image.store.LayerRecord;
import org.berth.image.store.PartedDraft;

/** One blob on its way into the store: downloaded, in parts where it is large, hashed and, a layer, unpacked, all side by side. */
final class BlobDownload {
    private static final long PROGRESS_BYTES = 512 * 1024;

    private final ImageStore store;
    private final Repository repository;
    private final String action;
    private final BlobDescriptor blob;
    private final Digest digest;
    private final Optional<Digest> diffId;
    private final Progress progress;
    private final Steps steps = new Steps();

    /** @param diffId as which layer it is unpacked; empty: it is only kept */
    BlobDownload(
            ImageStore store,
            Repository repository,
            String action,
            BlobDescriptor blob,
            Optional<Digest> diffId,
            Progress progress) {
        this.store = store;
        this.repository = repository;
        this.action = action;
        this.blob = blob;
        this.digest = Digest.parse(blob.digest());
        this.diffId = diffId;
        this.progress = progress;
    }

    /** @return false when what was there of it from before was not sound; it is gone now */
    boolean run() {
        try {
            if (blob.size() >= repository.ranges().least()) {
                Outcome outcome = inParts(repository.ranges());
                if (outcome != Outcome.NO_PARTS) {
                    return outcome == Outcome.DONE;
                }
            }
            return inOnePiece();
        } catch (IOException e) {
            throw FileErrors.of(action, e);
        }
    }

    private enum Outcome {
        DONE,
        TORN,
        NO_PARTS
    }

    private boolean inOnePiece() throws IOException {
        try (ContentStore.Draft draft = store.content().resume(digest, blob.size());
                GrowingFile coming = draft.follow()) {
            long before = draft.size();
            Unpacking unpacking = new Unpacking(coming);
            try {
                repository.blob(action, blob, before, draft, done -> {
                    coming.grown(done);
                    steps.report(done);
                });
                draft.commit(digest);
                coming.end();
            } catch (IOException | RuntimeException e) {
                unpacking.breakOff(e);
                if (isInvalid(e)) {
                    draft.discard();
                    if (before > 0) {
                        return false;
                    }
                }
                throw e;
            }
            unpacking.finish();
            return true;
        }
    }

    private Outcome inParts(Ranges ranges) throws IOException {
        try (PartedDraft draft = store.content().resumeInParts(digest, blob.size());
                GrowingFile coming = draft.follow()) {
            long before = draft.count();
            Unpacking unpacking = new Unpacking(coming);
            SideWork hashing = new SideWork("hash", () -> draft.hashWhatComes(coming::grown));
            try {
                if (!fetch(draft, ranges)) {
                    IOException noParts = new IOException("the server sends no parts of blobs");
                    draft.fail(noParts);
                    hashing.awaitEnd();
                    unpacking.breakOff(noParts);
                    return Outcome.NO_PARTS;
                }
                hashing.finish();
                draft.commit();
                coming.end();
            } catch (IOException | RuntimeException e) {
                draft.fail(new IOException("the download broke off", e));
                hashing.awaitEnd();
                unpacking.breakOff(e);
                if (isInvalid(e)) {
                    draft.discard();
                    if (before > 0) {
                        return Outcome.TORN;
                    }
                }
                throw e;
            }
            unpacking.finish();
            return Outcome.DONE;
        }
    }

    private static boolean isInvalid(Exception e) {
        return e instanceof BerthException invalid && invalid.code() == ErrorCode.INVALID;
    }

    /** @return false when the server sends no parts */
    private boolean fetch(PartedDraft draft, Ranges ranges) {
        AtomicBoolean knowsParts = new AtomicBoolean(true);
        AtomicLong come = new AtomicLong(draft.count());
        List<Runnable> work = new ArrayList<>();
        for (PartedDraft.Part part : draft.missing(ranges.part())) {
            work.add(() -> {
                if (knowsParts.get() && !fetch(draft, part, come)) {
                    knowsParts.set(false);
                }
            });
        }
        ParallelWork.run(action, work, ranges.atOnce());
        return knowsParts.get();
    }

    private boolean fetch(PartedDraft draft, PartedDraft.Part part, AtomicLong come) {
        AtomicLong last = new AtomicLong(part.from());
        try (OutputStream sink = draft.open(part)) {
            return repository.part(
                    action,
                    blob,
                    part.from(),
                    part.to(),
                    sink,
                    at -> steps.report(come.addAndGet(at - last.getAndSet(at))));
        } catch (IOException e) {
            throw FileErrors.of(action, e);
        }
    }

    /** What is done beside the download, on a thread of its own; its buffers are that thread's. */
    private static class SideWork {
        private final CompletableFuture<Boolean> done = new CompletableFuture<>();
        private final Thread thread;

        SideWork(String name, Work work) {
            this.thread = Thread.ofPlatform().daemon().name(name).start(() -> {
                try {
                    work.run();
                    done.complete(true);
                } catch (IOException | RuntimeException | Error e) {
                    done.completeExceptionally(e);
                }
            });
        }

        /** Waits for it; its failure is thrown here. */
        void finish() throws IOException {
            try {
                boolean ignored = done.join();
            } catch (CompletionException e) {
                switch (e.getCause()) {
                    case IOException cause -> throw cause;
                    case RuntimeException cause -> throw cause;
                    case null, default -> throw e;
                }
            }
        }

        /** What reads a file must be done with it before it is closed, though the pull is called off; it ends soon. */
        void awaitEnd() {
            boolean interrupted = false;
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }

        /** Some work. */
        @FunctionalInterface
        interface Work {
            void run() throws IOException;
        }
    }

    /** The unpacking of what comes. */
    private final class Unpacking extends SideWork {
        private final GrowingFile coming;

        Unpacking(GrowingFile coming) {
            super(
                    "unpack " + digest.brief(),
                    () -> diffId.ifPresent(layer -> {
                        LayerRecord ignored = store.layers().unpackWhileItComes(blob, layer, coming);
                    }));
            this.coming = coming;
        }

        void breakOff(Exception why) {
            coming.fail(new IOException("the download broke off", why));
            awaitEnd();
        }

        @Override
        void finish() throws IOException {
            if (diffId.isPresent()) {
                progress.report(new Progress.Step(digest.brief(), "extracting", 0, 0));
            }
            super.finish();
        }
    }

    /** Says how far a download is, not at every read. */
    private final class Steps {
        private long next;

        synchronized void report(long done) {
            if (done >= next || done == blob.size()) {
                next = done + PROGRESS_BYTES;
                progress.report(new Progress.Step(digest.brief(), "downloading", done, blob.size()));
            }
        }
    }
}
