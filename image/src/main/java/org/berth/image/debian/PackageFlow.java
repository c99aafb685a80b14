package org.berth.image.debian;

import java.io.IOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Progress;

/**
 * Packages on their way from the archive into a root: several are fetched at a time, and each is
 * unpacked as soon as it is there and verified, as many at a time as there are processors.
 */
final class PackageFlow {
    private static final int DOWNLOADS_MAX = 8;

    /** Packages that are fetched, waiting or being unpacked; bounds the memory they take. */
    private static final int IN_HAND_MAX = 24;

    private static final int UNPACKING_MAX = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 8);
    private static final long REPORT_BYTES = 1 << 20;

    private final Archive archive;
    private final RootFiller filler;
    private final Progress progress;
    private final Semaphore inHand = new Semaphore(IN_HAND_MAX);
    private final Semaphore downloads = new Semaphore(DOWNLOADS_MAX);
    private final Semaphore unpacking = new Semaphore(UNPACKING_MAX);
    private final AtomicLong receivedBytes = new AtomicLong();
    private final AtomicInteger unpacked = new AtomicInteger();

    PackageFlow(Archive archive, RootFiller filler, Progress progress) {
        this.archive = archive;
        this.filler = filler;
        this.progress = progress;
    }

    /** Fetches and unpacks them all, the largest first; returns them in the order given. */
    List<RootFiller.Unpacked> unpack(List<PackageEntry> packages) {
        long totalBytes = packages.stream().mapToLong(PackageEntry::sizeBytes).sum();
        List<PackageEntry> bySize = packages.stream()
                .sorted(Comparator.comparingLong(PackageEntry::sizeBytes).reversed())
                .toList();
        Map<String, RootFiller.Unpacked> done = new HashMap<>();
        Parallel.map(bySize, entry -> bring(entry, totalBytes, packages.size()))
                .forEach(one -> done.put(one.entry().name(), one));
        return packages.stream().map(entry -> done.get(entry.name())).toList();
    }

    private RootFiller.Unpacked bring(PackageEntry entry, long totalBytes, int count) {
        return holding(inHand, () -> {
            byte[] deb =
                    holding(downloads, () -> archive.packageFile(entry, bytes -> reportReceived(bytes, totalBytes)));
            return holding(unpacking, () -> unpack(entry, deb, count));
        });
    }

    private RootFiller.Unpacked unpack(PackageEntry entry, byte[] deb, int count) {
        try {
            RootFiller.Unpacked result = filler.unpack(entry, deb);
            progress.report(new Progress.Step("packages", "unpacking", unpacked.incrementAndGet(), count));
            return result;
        } catch (IOException e) {
            throw new BerthException(ErrorCode.FAILED, "the package " + entry + ": " + e.getMessage(), e);
        }
    }

    private void reportReceived(long bytes, long totalBytes) {
        long after = receivedBytes.addAndGet(bytes);
        if (after / REPORT_BYTES != (after - bytes) / REPORT_BYTES || after == totalBytes) {
            progress.report(new Progress.Step("download", "downloading", after, totalBytes));
        }
    }

    private static <T> T holding(Semaphore permits, java.util.function.Supplier<T> work) {
        try {
            permits.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BerthException(ErrorCode.UNAVAILABLE, "the bootstrap was interrupted", e);
        }
        try {
            return work.get();
        } finally {
            permits.release();
        }
    }
}
