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
        long done = from;
        int vain = 0;
        IOException last = new IOException("no attempt was made");
        for (int attempt = 0; attempt < ATTEMPTS_MAX && vain < VAIN_ATTEMPTS_MAX; attempt++) {
            if (done == blob.size()) {
                progress.accept(done);
                return;
            }
            Transfer transfer = new Transfer(sink, blob.size(), done, progress);
            try {
                attempt(action, blob, transfer);
                return;
            } catch (IOException e) {
                last = e;
                if (Thread.currentThread().isInterrupted()) {
                    break;
                }
            }
            vain = transfer.done > done ? 0 : vain + 1;
            done = transfer.done;
            if (vain > 0) {
                calls.backoff().after(vain).ifPresent(pause -> calls.pause(action, pause));
            }
        }
        throw Transport.failure(action, server(), last);
    }

    private void attempt(String action, BlobDescriptor blob, Transfer transfer) throws IOException {
        HttpRequest.Builder request = calls.request("/blobs/" + blob.digest()).GET();
        if (transfer.done > 0) {
            request.header("Range", "bytes=" + transfer.done + "-");
        }
        HttpResponse<InputStream> response = calls.send(action, Access.PULL, request, FOUND);
        try (InputStream body = response.body();
                StallGuard guard = new StallGuard(body, calls.stallMax())) {
            boolean resumed = response.statusCode() == 206 && startsAt(response, transfer.done);
            if (response.statusCode() == 206 && !resumed) {
                throw new TransferException("the server sent another range than was asked for");
            }
            transfer.run(guard, resumed ? 0 : transfer.done);
        }
    }

    private static boolean startsAt(HttpResponse<?> response, long offset) {
        return response.headers()
                .firstValue("Content-Range")
                .map(value -> value.startsWith("bytes " + offset + "-"))
                .orElse(false);
    }

    /** One attempt to bring the rest of a blob. */
    private static final class Transfer {
        private final OutputStream sink;
        private final long size;
        private final LongConsumer progress;
        private long done;

        Transfer(OutputStream sink, long size, long done, LongConsumer progress) {
            this.sink = sink;
            this.size = size;
            this.done = done;
            this.progress = progress;
        }

        /** @param known bytes at the body's beginning that an earlier attempt has brought already */
        void run(InputStream body, long known) throws IOException {
            body.skipNBytes(known);
            byte[] buffer = new byte[BUFFER_BYTES];
            int count = body.read(buffer);
            while (count >= 0) {
                if (done + count > size) {
                    throw new BerthException(
                            ErrorCode.INVALID, "a blob is longer than the " + size + " bytes its manifest says");
                }
                sink.write(buffer, 0, count);
                done += count;
                progress.accept(done);
                count = body.read(buffer);
            }
            if (done < size) {
                throw new TransferException("the transfer ended after " + done + " of " + size + " bytes");
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
     * @return whether the registry lists it among the referrers of its subject; where it has one and this is false, the
     *     subject's fallback tag ({@link #fallbackTag}) has to be kept by the client
     */
    public boolean pushManifest(String action, String tagOrDigest, byte[] content, String mediaType) {
        return uploads.manifest(action, tagOrDigest, content, mediaType);
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
