package org.berth.image.layer;

import java.nio.charset.StandardCharsets;
import org.berth.linux.path.OverlayAttributes;

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
    static final String OPAQUE_ATTRIBUTE = OverlayAttributes.OPAQUE;
    static final String WHITEOUT_ATTRIBUTE = OverlayAttributes.PREFIX + "whiteout";
    static final String REDIRECT_ATTRIBUTE = OverlayAttributes.PREFIX + "redirect";
    static final String METACOPY_ATTRIBUTE = OverlayAttributes.PREFIX + "metacopy";

    private Whiteouts() {}

    static byte[] opaqueValue() {
        return "y".getBytes(StandardCharsets.US_ASCII);
    }
}
