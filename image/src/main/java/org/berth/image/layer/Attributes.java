package org.berth.image.layer;

import java.util.List;

/** Which extended attributes (xattr(7)) are part of a layer. */
final class Attributes {
    /** What is made in a folder later inherits these rules (acl(5)); so they come when all in it is made. */
    static final String INHERITED = "system.posix_acl_default";

    private static final List<String> KEPT =
            List.of("security.capability", "security.ima", "user.", "trusted.", "system.posix_acl_access", INHERITED);

    private Attributes() {}

    /**
     * Whether an attribute goes with the file. Labels of the host (security.selinux) don't; nor do overlayfs's own: a
     * layer that brought a redirect could show what another path hides.
     */
    static boolean travels(String name) {
        return KEPT.stream().anyMatch(name::startsWith)
                && !name.startsWith(Whiteouts.OVERLAY_ATTRIBUTES)
                && !name.startsWith(Whiteouts.USER_OVERLAY_ATTRIBUTES);
    }
}
