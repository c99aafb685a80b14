package org.berth.image;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.image.attached.AttachedDocuments;
import org.berth.image.attached.Attachment;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.oci.Documents;
import org.berth.image.oci.Manifest;
import org.berth.image.oci.MediaTypes;
import org.berth.image.registry.Repository;
import org.berth.image.store.Digest;

/** Takes what is attached to an image to its repository, and brings signatures from there. */
final class AttachedTransfer {
    private static final int SIGNATURES_MAX = 100;
    private static final long SIGNATURE_BYTES_MAX = 64 * 1024;

    private final String action;
    private final Repository repository;

    AttachedTransfer(String action, Repository repository) {
        this.action = action;
        this.repository = repository;
    }

    /** Pushes documents as referrers of the image, and signatures under cosign's tag, besides those of others. */
    void push(List<Attachment> attachments, Digest subject, BlobDescriptor image) {
        List<Attachment> signatures =
                attachments.stream().filter(Attachment::isSignature).toList();
        for (Attachment attachment : attachments) {
            if (!attachment.isSignature()) {
                AttachedDocuments.Bundle bundle =
                        AttachedDocuments.referrer(attachment, subject, image.mediaType(), image.size());
                pushBlobs(bundle);
                repository.pushReferrer(action, bundle.manifest(), MediaTypes.MANIFEST, subject);
            }
        }
        if (!signatures.isEmpty()) {
            pushSignatures(signatures, subject);
        }
    }

    /** Pushes signatures under cosign's tag, besides those that others pushed there. */
    void pushSignatures(List<Attachment> signatures, Digest subject) {
        Set<Attachment> all = new LinkedHashSet<>(signatures(subject));
        if (all.addAll(signatures)) {
            AttachedDocuments.Bundle bundle = AttachedDocuments.signatures(List.copyOf(all), subject);
            pushBlobs(bundle);
            boolean ignored = repository.pushManifest(action, bundle.tag(), bundle.manifest(), MediaTypes.MANIFEST);
        }
    }

    private void pushBlobs(AttachedDocuments.Bundle bundle) {
        for (AttachedDocuments.Blob blob : bundle.blobs()) {
            BlobDescriptor descriptor = BlobDescriptor.of(
                    blob.mediaType(), Digest.of(blob.content()).toString(), blob.content().length);
            repository.pushBlob(
                    action,
                    descriptor,
                    offset -> new ByteArrayInputStream(
                            blob.content(), (int) offset, blob.content().length - (int) offset),
                    List.of(),
                    done -> {});
        }
    }

    /** The signatures under cosign's tag; none when there is no such tag. */
    List<Attachment> signatures(Digest subject) {
        Repository.Document document;
        try {
            document = repository.manifest(action, AttachedDocuments.signatureTag(subject));
        } catch (BerthException e) {
            if (e.code() == ErrorCode.NOT_FOUND) {
                return List.of();
            }
            throw e;
        }
        List<Attachment> signatures = new ArrayList<>();
        for (BlobDescriptor layer :
                Documents.read(document.content(), Manifest.class, action).layers()) {
            boolean signature = layer.mediaType().equals(Attachment.SIGNED)
                    && layer.annotations().containsKey(Attachment.SIGNATURE)
                    && layer.size() <= SIGNATURE_BYTES_MAX;
            if (signature && signatures.size() < SIGNATURES_MAX) {
                signatures.add(new Attachment(Attachment.SIGNED, Attachment.SIGNED, text(layer), layer.annotations()));
            }
        }
        return signatures;
    }

    private String text(BlobDescriptor layer) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        repository.blob(action, layer, 0, content, done -> {});
        if (!Digest.of(content.toByteArray()).toString().equals(layer.digest())) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    action + ": " + repository.server() + " sent another blob than " + layer.digest());
        }
        return content.toString(StandardCharsets.UTF_8);
    }
}
