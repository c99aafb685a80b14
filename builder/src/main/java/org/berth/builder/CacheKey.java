package org.berth.builder;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.berth.image.ImageConfig;
import org.berth.image.ImageHealth;

/**
 * What a step depends on, as a digest: all layers below it, every field of the configuration it is
 * done with, and the step itself. A key that leaves a field out lets a foreign image poison the cache
 * (CVE-2024-24557). The time of creation alone is left out: nothing a step does depends on it.
 */
final class CacheKey {
    private static final String VERSION = "berth build step 1";

    private final MessageDigest digest = sha256();

    CacheKey(BuildState state) {
        add(VERSION);
        addAll(state.layers());
        addConfig(state.config());
    }

    /** One more thing it depends on. */
    CacheKey add(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
        digest.update(bytes);
        return this;
    }

    /** A row of things, with their number. */
    CacheKey addAll(Collection<String> texts) {
        add(Integer.toString(texts.size()));
        texts.forEach(this::add);
        return this;
    }

    /** Names with values, in whatever order. */
    CacheKey addAll(Map<String, String> values) {
        add(Integer.toString(values.size()));
        new TreeMap<>(values).forEach((name, value) -> add(name).add(value));
        return this;
    }

    /** The key: 64 hexadecimal digits. Called once. */
    String key() {
        return HexFormat.of().formatHex(digest.digest());
    }

    private void addConfig(ImageConfig config) {
        add(config.architecture());
        addAll(config.environment());
        addAll(config.entrypoint());
        addAll(config.command());
        add(config.user());
        add(config.workingDirectory());
        addAll(new TreeSet<>(config.exposedPorts()));
        addAll(new TreeSet<>(config.volumes()));
        addAll(config.labels());
        add(config.stopSignal());
        add(config.health().map(ImageHealth::toString).orElse("")); // its components' values are all that it prints
        addAll(config.onBuild());
        addAll(config.shell());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
