package org.berth.image.registry;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.store.Digest;

/** Puts blobs and manifests into a repository (distribution-spec, "Push"). Safe for concurrent use. */
final class Uploads {
    private final Calls calls;

    Uploads(Calls calls) {
        this.calls = calls;
    }

    /** Whether the repository has the blob. */
    boolean has(String action, BlobDescriptor blob) {
        HttpRequest.Builder request = calls.request("/blobs/" + blob.digest()).HEAD();
        try {
            HttpResponse<InputStream> response = calls.send(action, Access.PUSH, request, Set.of(200, 404));
            Transport.beginning(response);
            return response.statusCode() == 200;
        } catch (IOException e) {
            throw Transport.failure(action, calls.server(), e);
        }
    }

    /**
     * Sees to it that the repository has a blob: there already, taken from another repository of the server, or sent.
     *
     * @param others repositories of the server that may have it
     */
    Repository.Way blob(
            String action, BlobDescriptor blob, BlobSource source, List<String> others, LongConsumer progress) {
        if (has(action, blob)) {
            return Repository.Way.THERE;
        }
        HttpResponse<InputStream> response = begin(action, blob, others);
        if (response.statusCode() == 201) {
            return Repository.Way.MOUNTED;
        }
        Upload upload = new Upload(
                calls, action, blob, source, progress, calls.endpoint().base());
        URI location = upload.location(response)
                .orElseThrow(() -> new BerthException(
                        ErrorCode.FAILED, action + ": " + calls.server() + " did not say where to send a blob to"));
        new Upload(calls, action, blob, source, progress, location).run();
        return Repository.Way.SENT;
    }

    /** Begins an upload; a blob that another repository has may be there at once (201). */
    private HttpResponse<InputStream> begin(String action, BlobDescriptor blob, List<String> others) {
        try {
            for (String other : others) {
                Optional<HttpResponse<InputStream>> answer = mount(action, blob, other);
                if (answer.isPresent()) {
                    return answer.get();
                }
            }
            HttpRequest.Builder request = calls.request("/blobs/uploads/").POST(BodyPublishers.noBody());
            HttpResponse<InputStream> response = calls.send(action, Access.PUSH, request, Set.of(202));
            Transport.beginning(response);
            return response;
        } catch (IOException e) {
            throw Transport.failure(action, calls.server(), e);
        }
    }

    /** An upload by a mount; empty where the registry does not let us read the other repository. */
    private Optional<HttpResponse<InputStream>> mount(String action, BlobDescriptor blob, String other)
            throws IOException {
        HttpRequest.Builder request = calls.request("/blobs/uploads/?mount=" + blob.digest() + "&from=" + other)
                .POST(BodyPublishers.noBody());
        String scope = Access.PUSH.scope(calls.name()) + " " + Access.PULL.scope(other);
        try {
            HttpResponse<InputStream> response = calls.send(action, scope, request, Set.of(201, 202));
            Transport.beginning(response);
            return Optional.of(response);
        } catch (BerthException e) {
            if (e.code() == ErrorCode.UNAVAILABLE) {
                throw e;
            }
            return Optional.empty();
        }
    }

    /**
     * Puts a manifest or an index.
     *
     * @return whether the registry took note of the manifest's subject (distribution-spec, OCI-Subject)
     */
    boolean manifest(String action, String tagOrDigest, byte[] content, String mediaType) {
        HttpRequest.Builder request = calls.request("/manifests/" + tagOrDigest)
                .header("Content-Type", mediaType)
                .PUT(BodyPublishers.ofByteArray(content));
        try {
            HttpResponse<InputStream> response = calls.send(action, Access.PUSH, request, Set.of(200, 201, 202));
            Transport.beginning(response);
            Optional<String> digest = response.headers().firstValue("Docker-Content-Digest");
            if (digest.isPresent() && !digest.get().equals(Digest.of(content).toString())) {
                throw new BerthException(
                        ErrorCode.FAILED,
                        action + ": " + calls.server() + " stored the manifest as " + digest.get() + ", it is "
                                + Digest.of(content));
            }
            return response.headers().firstValue("OCI-Subject").isPresent();
        } catch (IOException e) {
            throw Transport.failure(action, calls.server(), e);
        }
    }
}
