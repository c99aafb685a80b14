package org.berth.runtime.oci.config;

import org.berth.base.BerthException;

/** Input: a bundle's config.json. */
public final class ConfigFuzz {
    private ConfigFuzz() {}

    /** It is refused in our own words, or read and checked. */
    public static void fuzzerTestOneInput(byte[] input) {
        try {
            Validation.check(OciConfig.parse(input));
        } catch (BerthException e) {
            // refused
        }
    }
}
