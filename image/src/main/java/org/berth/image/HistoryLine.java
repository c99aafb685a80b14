package org.berth.image;

import java.time.Instant;
import java.util.Optional;

/**
 * One step of how an image came to be.
 *
 * @param createdBy what was done
 * @param layer diff id of the layer that it made; empty when it made none
 * @param bytes content of the layer's files
 */
public record HistoryLine(Instant created, String createdBy, Optional<String> layer, long bytes) {}
