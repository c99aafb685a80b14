package org.berth.image.attached;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.berth.base.Json;
import org.berth.image.oci.MediaTypes;
import org.berth.image.store.Digest;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Attachments as a registry has them: manifests and blobs. Pure. */
public final class AttachedDocuments {
    private static final String EMPTY_TYPE = "application/vnd.oci.empty.v1+json";
    private static final byte[] EMPTY = "{}".getBytes(StandardCharsets.UTF_8);

    private AttachedDocuments() {}

    /**
     * A manifest and the blobs that it names.
     *
     * @param tag what it is found by; empty: by its subject
     */
    public record Bundle(String tag, byte[] manifest, List<Blob> blobs) {}

    /** A blob with what it is. */
    public record Blob(String mediaType, byte[] content) {}

    /**
     * A referrer (OCI image-spec 1.1, manifest.md, "Guidelines for Artifact Usage").
     *
     * @param subjectType the image manifest's media type
     * @param subjectSize its length
     */
    public static Bundle referrer(Attachment attachment, Digest subject, String subjectType, long subjectSize) {
        Blob content = new Blob(attachment.mediaType(), bytes(attachment.content()));
        Blob config = new Blob(EMPTY_TYPE, EMPTY);
        ObjectNode manifest = manifest(config);
        manifest.put("artifactType", attachment.artifactType());
        descriptor(manifest.putArray("layers").addObject(), content);
        ObjectNode of = manifest.putObject("subject");
        of.put("mediaType", subjectType);
        of.put("digest", subject.toString());
        of.put("size", subjectSize);
        return new Bundle("", bytes(Json.MAPPER.writeValueAsString(manifest)), List.of(config, content));
    }

    /** All signatures of an image as cosign keeps them: an image of one layer each, with a tag of the image's digest. */
    public static Bundle signatures(List<Attachment> signatures, Digest subject) {
        ObjectNode configuration = Json.MAPPER.createObjectNode();
        configuration.put("architecture", "");
        configuration.put("os", "");
        configuration.putObject("config");
        ObjectNode root = configuration.putObject("rootfs");
        root.put("type", "layers");
        ArrayNode ids = root.putArray("diff_ids");
        signatures.forEach(one -> ids.add(Digest.of(bytes(one.content())).toString()));
        Blob config = new Blob(MediaTypes.CONFIG, bytes(Json.MAPPER.writeValueAsString(configuration)));
        ObjectNode manifest = manifest(config);
        ArrayNode layers = manifest.putArray("layers");
        List<Blob> blobs = new java.util.ArrayList<>(List.of(config));
        for (Attachment one : signatures) {
            Blob blob = new Blob(one.mediaType(), bytes(one.content()));
            blobs.add(blob);
            ObjectNode layer = layers.addObject();
            descriptor(layer, blob);
            ObjectNode annotations = layer.putObject("annotations");
            new java.util.TreeMap<>(one.annotations()).forEach(annotations::put);
        }
        return new Bundle(signatureTag(subject), bytes(Json.MAPPER.writeValueAsString(manifest)), blobs);
    }

    /** The tag that cosign looks for: "sha256-HEX.sig". */
    public static String signatureTag(Digest subject) {
        return "sha256-" + subject.hex() + ".sig";
    }

    private static ObjectNode manifest(Blob config) {
        ObjectNode manifest = Json.MAPPER.createObjectNode();
        manifest.put("schemaVersion", 2);
        manifest.put("mediaType", MediaTypes.MANIFEST);
        descriptor(manifest.putObject("config"), config);
        return manifest;
    }

    private static void descriptor(ObjectNode node, Blob blob) {
        node.put("mediaType", blob.mediaType());
        node.put("digest", Digest.of(blob.content()).toString());
        node.put("size", blob.content().length);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
