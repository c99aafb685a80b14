package org.berth.builder.cache;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.image.oci.BlobDescriptor;
import org.berth.image.oci.Documents;
import org.berth.image.oci.Manifest;
import org.berth.image.oci.MediaTypes;
import org.berth.image.store.Digest;
import org.jspecify.annotations.Nullable;

/**
 * A cache as an OCI artifact (image-spec, manifest.md, "Guidelines for Artifact Usage"): a manifest whose configuration lists
 * the steps, and whose layers are the steps' layers as an image has them, so that every registry takes and keeps it. The
 * steps' keys are Berth's own: BuildKit's cache (application/vnd.buildkit.cacheconfig.v0) has other keys, and would help
 * neither. Pure.
 */
final class CacheDocuments {
    /** The list of steps. */
    static final String MEDIA_TYPE = "application/vnd.berth.build.cache.v1+json";

    /** Longest list that is read. */
    static final int STEPS_BYTES_MAX = 16 << 20;

    private static final String NOTHING_TYPE = "application/vnd.oci.empty.v1+json";
    /** The layer of a manifest that has none (image-spec, manifest.md, "Guidance for an Empty Descriptor"). */
    static final byte[] NOTHING = "{}".getBytes(StandardCharsets.US_ASCII);

    private static final int VERSION = 1;
    private static final int STEPS_MAX = 20_000;
    private static final Pattern KEY = Pattern.compile("[0-9a-f]{64}");

    private CacheDocuments() {}

    private record Steps(int version, List<CachedStep> steps) {
        Steps(int version, @Nullable List<CachedStep> steps) {
            this.version = version;
            this.steps = steps == null ? List.of() : List.copyOf(steps);
        }
    }

    private record Artifact(
            int schemaVersion,
            String mediaType,
            String artifactType,
            BlobDescriptor config,
            List<BlobDescriptor> layers) {}

    static byte[] steps(List<CachedStep> steps) {
        return Documents.write(new Steps(VERSION, steps));
    }

    static byte[] manifest(byte[] steps, List<BlobDescriptor> layers) {
        BlobDescriptor config = BlobDescriptor.of(MEDIA_TYPE, Digest.of(steps).toString(), steps.length);
        return Documents.write(new Artifact(
                2, MediaTypes.MANIFEST, MEDIA_TYPE, config, layers.isEmpty() ? List.of(nothing()) : layers));
    }

    static BlobDescriptor nothing() {
        return BlobDescriptor.of(NOTHING_TYPE, Digest.of(NOTHING).toString(), NOTHING.length);
    }

    /**
     * The list of steps that a manifest names.
     *
     * @throws BerthException INVALID for what is not a cache of builds
     */
    static BlobDescriptor list(byte[] manifest, String place) {
        BlobDescriptor config =
                Documents.read(manifest, Manifest.class, "the cache " + place).config();
        if (!config.mediaType().equals(MEDIA_TYPE)) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    place + " is no cache that Berth wrote: it is of the type " + config.mediaType() + ", expected "
                            + MEDIA_TYPE);
        }
        if (config.size() < 0 || config.size() > STEPS_BYTES_MAX) {
            throw new BerthException(
                    ErrorCode.INVALID, place + ": its list of steps is said to have " + config.size() + " bytes");
        }
        return config;
    }

    /** Reads the list of steps, by key. What is written there is checked, for others wrote it. */
    static Map<String, CachedStep> read(byte[] list, String place) {
        Steps steps = Documents.read(list, Steps.class, "the cache " + place);
        if (steps.version() != VERSION) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED, place + " is of the version " + steps.version() + ", expected " + VERSION);
        }
        Map<String, CachedStep> known = new LinkedHashMap<>();
        if (steps.steps().size() > STEPS_MAX) {
            throw new BerthException(ErrorCode.INVALID, place + " has more than " + STEPS_MAX + " steps");
        }
        for (CachedStep step : steps.steps()) {
            if (!KEY.matcher(step.key()).matches()) {
                throw new BerthException(ErrorCode.INVALID, place + ": '" + step.key() + "' is no key of a step");
            }
            Digest layer = Digest.parse(step.layer());
            step.blob().ifPresent(blob -> Digest.parse(blob.digest()));
            known.putIfAbsent(step.key(), new CachedStep(step.key(), layer.toString(), step.made(), step.blob()));
        }
        return known;
    }
}
