package org.berth.image.attached;

import java.util.Map;

/**
 * A document that is attached to an image.
 *
 * @param artifactType what it is: "application/spdx+json"
 * @param mediaType the document's
 * @param content a text, JSON as a rule
 * @param annotations of the document in its manifest
 */
public record Attachment(String artifactType, String mediaType, String content, Map<String, String> annotations) {
    /** SPDX as JSON. */
    public static final String SPDX = "application/spdx+json";

    /** CycloneDX as JSON. */
    public static final String CYCLONEDX = "application/vnd.cyclonedx+json";

    /** An in-toto statement. */
    public static final String IN_TOTO = "application/vnd.in-toto+json";

    /** What cosign signs (simple signing). */
    public static final String SIGNED = "application/vnd.dev.cosign.simplesigning.v1+json";

    /** The annotation that has the signature, in base64. */
    public static final String SIGNATURE = "dev.cosignproject.cosign/signature";

    public Attachment {
        annotations = Map.copyOf(annotations);
    }

    /** A document with nothing more. */
    public static Attachment document(String type, String content) {
        return new Attachment(type, type, content, Map.of());
    }

    /** Whether it is a signature. */
    public boolean isSignature() {
        return mediaType.equals(SIGNED);
    }
}
