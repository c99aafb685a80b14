package org.berth.server.projects;

import java.time.Instant;
import org.berth.base.Json;
import org.berth.builder.BuildRequest;
import org.berth.builder.Builder;
import org.berth.builder.sbom.BillOfMaterials;
import org.berth.image.Image;
import org.berth.image.Images;
import org.berth.image.attached.Attachment;
import tools.jackson.databind.JsonNode;

/** Attaches to images that were just built what whoever built them asks for. */
final class BuildDocuments {
    private final Images images;
    private final Builder builder;

    BuildDocuments(Images images, Builder builder) {
        this.images = images;
        this.builder = builder;
    }

    /**
     * What is asked for.
     *
     * @param packages lists of the packages in it
     * @param provenance where it comes from
     */
    record Wanted(boolean packages, boolean provenance) {
        static Wanted of(JsonNode body) {
            return new Wanted(
                    body.path("sbom").asBoolean(false), body.path("provenance").asBoolean(false));
        }
    }

    /** @param started when the build did */
    void attach(Wanted wanted, BuildRequest request, Image image, Instant started) {
        // an image that was all cached is the same as it was: so are its packages
        if (wanted.packages() && !has(image, Attachment.SPDX)) {
            BillOfMaterials bill = builder.billOfMaterials(image);
            images.attach(image, Attachment.document(Attachment.CYCLONEDX, text(bill.cyclonedx())));
            images.attach(image, Attachment.document(Attachment.SPDX, text(bill.spdx())));
        }
        if (wanted.provenance()) {
            images.attach(
                    image,
                    Attachment.document(
                            Attachment.IN_TOTO,
                            text(builder.provenance(request, image, started, Instant.now())
                                    .statement())));
        }
    }

    private boolean has(Image image, String type) {
        return images.attached(image).stream()
                .anyMatch(one -> one.artifactType().equals(type));
    }

    private static String text(JsonNode document) {
        return Json.MAPPER.writeValueAsString(document);
    }
}
