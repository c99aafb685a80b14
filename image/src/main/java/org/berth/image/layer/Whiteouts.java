package org.berth.image.layer;

import java.nio.charset.StandardCharsets;

/**
 * How "this was removed" is said: in a layer's tar by names (OCI image-spec, layer.md, "Whiteouts"), on disk as overlayfs
 * reads it (kernel, filesystems/overlayfs.rst).
 */
final class Whiteouts {
    static final String PREFIX = ".wh.";
    /** Names that AUFS kept for itself; old layers still have them. */
    static final String META_PREFIX = ".wh..wh.";

    static final String OPAQUE = ".wh..wh..opq";
    static final String OVERLAY_ATTRIBUTES = "trusted.overlay.";
    static final String USER_OVERLAY_ATTRIBUTES = "user.overlay.";
    static final String OPAQUE_ATTRIBUTE = "trusted.overlay.opaque";
    static final String WHITEOUT_ATTRIBUTE = "trusted.overlay.whiteout";
    static final String REDIRECT_ATTRIBUTE = "trusted.overlay.redirect";
    static final String METACOPY_ATTRIBUTE = "trusted.overlay.metacopy";

    private Whiteouts() {}

    static byte[] opaqueValue() {
        return "y".getBytes(StandardCharsets.US_ASCII);
    }
}
