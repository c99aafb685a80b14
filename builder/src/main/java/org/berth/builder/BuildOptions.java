package org.berth.builder;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.builder.cache.CachePlace;

/**
 * What a build may be told besides its files.
 *
 * @param platform what the image is for, such as "linux/amd64"; empty for this machine's
 * @param pull whether base images are looked for anew
 * @param secrets contents by id, for {@code RUN --mount=type=secret}; they reach neither the image, nor the cache, nor a log
 * @param agents sockets of agents that hold keys by id, for {@code RUN --mount=type=ssh}
 * @param entitlements what steps may have beyond a container's rights
 * @param labels of the image, over those of the Dockerfile
 * @param cacheFrom where steps that others did are looked for
 * @param cacheTo where the steps of this one are told
 */
public record BuildOptions(
        Optional<String> platform,
        boolean pull,
        Map<String, byte[]> secrets,
        Map<String, Path> agents,
        Set<Entitlement> entitlements,
        Map<String, String> labels,
        List<CachePlace> cacheFrom,
        List<CachePlace.Export> cacheTo) {
    /** Nothing of all that. */
    public static final BuildOptions NONE =
            new BuildOptions(Optional.empty(), false, Map.of(), Map.of(), Set.of(), Map.of(), List.of(), List.of());

    private static final int SECRET_BYTES_MAX = 500 * 1024;

    public BuildOptions {
        secrets = new HashMap<>(secrets);
        agents = Map.copyOf(agents);
        entitlements = Set.copyOf(entitlements);
        labels = Map.copyOf(labels);
        cacheFrom = List.copyOf(cacheFrom);
        cacheTo = List.copyOf(cacheTo);
        secrets.forEach((id, content) -> {
            if (content.length > SECRET_BYTES_MAX) {
                throw new BerthException(
                        ErrorCode.INVALID, "secret " + id + ": more than " + SECRET_BYTES_MAX + " bytes");
            }
        });
    }

    /** With no caches elsewhere. */
    public BuildOptions(
            Optional<String> platform,
            boolean pull,
            Map<String, byte[]> secrets,
            Map<String, Path> agents,
            Set<Entitlement> entitlements,
            Map<String, String> labels) {
        this(platform, pull, secrets, agents, entitlements, labels, List.of(), List.of());
    }

    /** The same with caches elsewhere. */
    public BuildOptions with(List<CachePlace> from, List<CachePlace.Export> to) {
        return new BuildOptions(platform, pull, secrets, agents, entitlements, labels, from, to);
    }

    /** The names of the secrets, never their contents. */
    @Override
    public String toString() {
        return "BuildOptions[platform=" + platform + ", secrets=" + secrets.keySet() + "]";
    }

    /** A right that a step asks for and that whoever builds must have granted. */
    public enum Entitlement {
        /** {@code RUN --network=host}. */
        NETWORK_HOST("network.host"),
        /** {@code RUN --security=insecure}. */
        SECURITY_INSECURE("security.insecure");

        private final String title;

        Entitlement(String title) {
            this.title = title;
        }

        /** As {@code --allow} has it. */
        public String title() {
            return title;
        }

        /** The right of a name. */
        public static Entitlement of(String name) {
            for (Entitlement one : values()) {
                if (one.title.equals(name)) {
                    return one;
                }
            }
            throw new BerthException(
                    ErrorCode.INVALID,
                    "unknown entitlement '" + name + "': expected network.host or security.insecure");
        }
    }
}
