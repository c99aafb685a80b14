package org.berth.image.registry;

import java.util.Map;
import org.berth.image.oci.BlobDescriptor;

/**
 * A manifest that refers to another one: a signature of it, a bill of its material.
 *
 * @param artifactType what it is: "application/vnd.example.signature+json"; "" where it isn't said
 */
public record Referrer(BlobDescriptor manifest, String artifactType, Map<String, String> annotations) {}
