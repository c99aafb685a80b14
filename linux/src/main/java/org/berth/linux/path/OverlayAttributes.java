package org.berth.linux.path;

import org.berth.linux.OwnUserNamespace;

/**
 * The extended attributes by which overlayfs marks files (kernel, filesystems/overlayfs.rst). In a user namespace of an
 * ordinary user, who may not write those of "trusted.", it is mounted with {@code userxattr} (Linux 5.11), and they
 * begin with "user.".
 */
public final class OverlayAttributes {
    /** What all of them begin with here. */
    public static final String PREFIX = OwnUserNamespace.isMachines() ? "trusted.overlay." : "user.overlay.";

    /** Of a folder that hides what layers below have. */
    public static final String OPAQUE = PREFIX + "opaque";

    /** The mount option of those that any user may write. */
    public static final String OF_USERS = "userxattr";

    private OverlayAttributes() {}
}
