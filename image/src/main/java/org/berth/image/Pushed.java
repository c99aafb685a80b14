package org.berth.image;

/**
 * An image that its registry has now.
 *
 * @param manifestDigest the manifest's, by which anybody pulls just this image
 * @param manifestBytes the manifest's length
 */
public record Pushed(Reference name, String manifestDigest, long manifestBytes) {}
