package org.berth.image.registry;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.FileErrors;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.oci.Documents;
import org.berth.image.oci.MediaTypes;
import org.berth.image.store.Digest;

/** A repository on one server: its manifests and blobs (distribution-spec). Safe for concurrent use. */
public final class Repository {
    private static final int ATTEMPTS_MAX = 100;
    /** Attempts in a row that bring nothing. */
    private static final int VAIN_ATTEMPTS_MAX = 4;

    private static final int BUFFER_BYTES = 64 * 1024;
    private static final Set<Integer> FOUND = Set.of(200, 206);

    private final Calls calls;
    private final Uploads uploads;
    private final Listing listing;

    Repository(Calls calls) {
        this.calls = calls;
        this.uploads = new Uploads(calls);
        this.listing = new Listing(calls);
    }

    /**
     * A manifest or an index as it was served.
     *
     * @param mediaType as the server calls it, without parameters
     */
    public record Document(byte[] content, String mediaType, Digest digest) {}

    /** The server's name, for people. */
    public String server() {
        return calls.server();
    }

    /** Fetches a manifest or an index by tag or digest; what a digest names is verified. */
    public Document manifest(String action, String tagOrDigest) {
        HttpRequest.Builder request = calls.request("/manifests/" + tagOrDigest).GET();
        MediaTypes.ACCEPTED_MANIFESTS.forEach(type -> request.header("Accept", type));
        try {
            HttpResponse<InputStream> response = calls.send(action, Access.PULL, request, FOUND);
            byte[] content = whole(action, response);
            String type = response.headers().firstValue("Content-Type").orElse("");
            Digest digest = Digest.of(content);
            Optional<String> expected = tagOrDigest.contains(":")
                    ? Optional.of(tagOrDigest)
                    : response.headers().firstValue("Docker-Content-Digest").filter(text -> text.startsWith("sha256:"));
            if (expected.isPresent() && !Digest.parse(expected.get()).equals(digest)) {
                throw new BerthException(
                        ErrorCode.INVALID,
                        action + ": " + server() + " sent a manifest of the digest " + digest + ", expected "
                                + expected.get());
            }
            return new Document(content, type.replaceAll(";.*", "").strip().toLowerCase(Locale.ROOT), digest);
        } catch (IOException e) {
            throw Transport.failure(action, server(), e);
        }
    }

    /**
     * Fetches a blob. A connection that breaks or stalls is taken up again where it broke. The content is not verified
     * here but for its length.
     *
     * @param from bytes at the blob's beginning that the sink has already
     * @param progress gets the bytes had so far
     */
    public void blob(String action, BlobDescriptor blob, long from, OutputStream sink, LongConsumer progress) {
        fetch(action, blob, new Transfer(sink, from, blob.size(), progress, false));
    }

    /** How large blobs are to be fetched here. */
    public Ranges ranges() {
        return calls.ranges();
    }

    /**
     * Fetches some of a blob, as {@link #blob} does.
     *
     * @param from the first byte
     * @param to the one after the last
     * @param sink gets these bytes only
     * @return false when the server does not send parts of blobs; the sink may have some of it then
     */
    public boolean part(
            String action, BlobDescriptor blob, long from, long to, OutputStream sink, LongConsumer progress) {
        return fetch(action, blob, new Transfer(sink, from, to, progress, true));
    }

    private boolean fetch(String action, BlobDescriptor blob, Transfer transfer) {
        int vain = 0;
        IOException last = new IOException("no attempt was made");
        for (int attempt = 0; attempt < ATTEMPTS_MAX && vain < VAIN_ATTEMPTS_MAX; attempt++) {
            long before = transfer.done;
            if (transfer.isDone()) {
                transfer.progress.accept(before);
                return true;
            }
            try {
                return attempt(action, blob, transfer);
            } catch (IOException e) {
                last = e;
                if (Thread.currentThread().isInterrupted()) {
                    break;
                }
            }
            vain = transfer.done > before ? 0 : vain + 1;
            if (vain > 0) {
                calls.backoff().after(vain).ifPresent(pause -> calls.pause(action, pause));
            }
        }
        throw Transport.failure(action, server(), last);
    }

    private boolean attempt(String action, BlobDescriptor blob, Transfer transfer) throws IOException {
        HttpRequest.Builder request = calls.request("/blobs/" + blob.digest()).GET();
        transfer.range().ifPresent(range -> request.header("Range", range));
        HttpResponse<InputStream> response = calls.send(action, Access.PULL, request, FOUND);
        try (InputStream body = response.body();
                StallGuard guard = new StallGuard(body, calls.stallMax())) {
            boolean resumed = response.statusCode() == 206 && startsAt(response, transfer.done);
            if (response.statusCode() == 206 && !resumed) {
                throw new TransferException("the server sent another range than was asked for");
            }
            if (!resumed && transfer.inParts) {
                return false;
            }
            transfer.run(guard, resumed ? 0 : transfer.done);
            return true;
        }
    }

    private static boolean startsAt(HttpResponse<?> response, long offset) {
        return response.headers()
                .firstValue("Content-Range")
                .map(value -> value.startsWith("bytes " + offset + "-"))
                .orElse(false);
    }

    /** The way of some of a blob here, in as many attempts as it takes. */
    private static final class Transfer {
        private final OutputStream sink;
        private final long end;
        private final LongConsumer progress;
        private final boolean inParts;
        private long done;

        /**
         * @param done the first byte that is missing
         * @param end the one after the last
         * @param inParts whether it is one of several parts
         */
        Transfer(OutputStream sink, long done, long end, LongConsumer progress, boolean inParts) {
            this.sink = sink;
            this.end = end;
            this.done = done;
            this.progress = progress;
            this.inParts = inParts;
        }

        boolean isDone() {
            return done == end;
        }

        /** What is missing, as HTTP asks for it; empty: all. */
        Optional<String> range() {
            if (inParts) {
                return Optional.of("bytes=" + done + "-" + (end - 1));
            }
            return done == 0 ? Optional.empty() : Optional.of("bytes=" + done + "-");
        }

        /** @param known bytes at the body's beginning that an earlier attempt has brought already */
        void run(InputStream body, long known) throws IOException {
            body.skipNBytes(known);
            byte[] buffer = new byte[BUFFER_BYTES];
            int count = body.read(buffer);
            while (count >= 0) {
                if (done + count > end) {
                    throw new BerthException(
                            ErrorCode.INVALID,
                            inParts
                                    ? "a blob's part has more bytes than were asked for"
                                    : "a blob is longer than the " + end + " bytes its manifest says");
                }
                keep(buffer, count);
                done += count;
                progress.accept(done);
                count = body.read(buffer);
            }
            if (done < end) {
                throw new TransferException("the transfer ended after " + done + " of " + end + " bytes");
            }
        }

        /** A full disk is no fault of the transfer, and doesn't mend by another. */
        private void keep(byte[] buffer, int count) throws IOException {
            try {
                sink.write(buffer, 0, count);
            } catch (IOException e) {
                if (FileErrors.isFull(e)) {
                    throw FileErrors.of("write a blob", e);
                }
                throw e;
            }
        }
    }

    /** A transfer that may be taken up again. */
    private static final class TransferException extends IOException {
        TransferException(String message) {
            super(message);
        }
    }

    private byte[] whole(String action, HttpResponse<InputStream> response) throws IOException {
        try (InputStream body = response.body();
                StallGuard guard = new StallGuard(body, calls.stallMax())) {
            byte[] content = guard.readNBytes(Documents.MANIFEST_BYTES_MAX + 1);
            if (content.length > Documents.MANIFEST_BYTES_MAX) {
                throw new BerthException(
                        ErrorCode.INVALID,
                        action + ": the manifest is longer than " + Documents.MANIFEST_BYTES_MAX + " bytes");
            }
            return content;
        }
    }

    /** How a blob came to be in a repository. */
    public enum Way {
        THERE,
        MOUNTED,
        SENT
    }

    /**
     * Sees to it that the repository has a blob: there already, taken from another repository of the server, or sent.
     *
     * @param others repositories of the server that may have it
     * @param progress gets the bytes sent so far
     */
    public Way pushBlob(
            String action, BlobDescriptor blob, BlobSource source, List<String> others, LongConsumer progress) {
        return uploads.blob(action, blob, source, others, progress);
    }

    /**
     * Puts a manifest or an index whose blobs are there.
     *
     * @return whether the registry lists it among the referrers of its subject
     * @see #pushReferrer for one that has a subject
     */
    public boolean pushManifest(String action, String tagOrDigest, byte[] content, String mediaType) {
        return uploads.manifest(action, tagOrDigest, content, mediaType);
    }

    /**
     * Puts a manifest that refers to another. Where the registry keeps no list of these, the one under the fallback tag
     * ({@link #fallbackTag}) is kept; who else changes it at the same moment may be lost from it.
     *
     * @param subject what it refers to
     */
    public void pushReferrer(String action, byte[] content, String mediaType, Digest subject) {
        if (pushManifest(action, Digest.of(content).toString(), content, mediaType)) {
            return;
        }
        ReferrerList.with(listing.fallback(action, subject), content, mediaType).ifPresent(list -> {
            boolean ignored = pushManifest(action, fallbackTag(subject), list, MediaTypes.INDEX);
        });
    }

    /** Whether the repository has a blob. */
    public boolean hasBlob(String action, BlobDescriptor blob) {
        return uploads.has(action, blob);
    }

    /** All tags, as the server sorts them. */
    public List<String> tags(String action) {
        return listing.tags(action);
    }

    /**
     * What refers to a manifest: signatures, bills of material.
     *
     * @param artifactType only those of this type; "" for all
     */
    public List<Referrer> referrers(String action, Digest subject, String artifactType) {
        return listing.referrers(action, subject, artifactType);
    }

    /** The tag under which registries without a list of referrers have that list. */
    public static String fallbackTag(Digest subject) {
        return subject.toString().replace(':', '-');
    }

    /** Deletes a manifest, or, where the registry knows how, a tag alone. */
    public void delete(String action, String tagOrDigest) {
        listing.delete(action, "/manifests/" + tagOrDigest);
    }

    /** Deletes a blob. */
    public void deleteBlob(String action, Digest digest) {
        listing.delete(action, "/blobs/" + digest);
    }
}
