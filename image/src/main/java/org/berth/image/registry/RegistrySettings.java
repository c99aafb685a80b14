package org.berth.image.registry;

import java.util.Map;

/** Where registries are and who we are to them. */
public record RegistrySettings() {
    /** As the environment says. */
    public static RegistrySettings fromEnvironment(Map<String, String> environment) {
        return new RegistrySettings();
    }
}
