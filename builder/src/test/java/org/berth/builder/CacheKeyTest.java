package org.berth.builder;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.berth.image.ImageConfig;
import org.berth.image.ImageHealth;
import org.junit.jupiter.api.Test;

/** CVE-2024-24557: an image that differs in any field of its configuration is another base. */
class CacheKeyTest {
    private static final List<Object> FIELDS = List.of(
            "amd64",
            Instant.EPOCH,
            List.of("A=1"),
            List.of("/start"),
            List.of("run"),
            "user",
            "/folder",
            Set.of("80/tcp"),
            Set.of("/data"),
            Map.of("label", "value"),
            "SIGINT",
            Optional.of(health("probe")),
            List.of("RUN true"),
            List.of("/bin/sh", "-c"));
    private static final List<Object> OTHERS = List.of(
            "arm64",
            Instant.EPOCH,
            List.of("A=2"),
            List.of("/other"),
            List.of("ran"),
            "other",
            "/other",
            Set.of("81/tcp"),
            Set.of("/other"),
            Map.of("label", "other"),
            "SIGTERM",
            Optional.of(health("other")),
            List.of("RUN false"),
            List.of("/bin/bash", "-c"));

    private static ImageHealth health(String probe) {
        return new ImageHealth(
                List.of("CMD", probe), Duration.ofSeconds(1), Duration.ZERO, Duration.ZERO, Duration.ZERO, 3);
    }

    @Test
    void cve202424557EveryFieldOfTheConfigurationIsInTheKey() {
        Set<String> keys = new TreeSet<>();
        keys.add(key(FIELDS));
        for (int i = 0; i < FIELDS.size(); i++) {
            List<Object> changed = new ArrayList<>(FIELDS);
            changed.set(i, OTHERS.get(i));
            keys.add(key(changed));
        }
        // the time of creation is the one field that no step depends on
        assertThat(keys).hasSize(FIELDS.size());
    }

    @Test
    void newFieldOfTheConfigurationMustComeHereToo() {
        assertThat(Arrays.stream(ImageConfig.class.getRecordComponents()).map(component -> component.getName()))
                .hasSameSizeAs(FIELDS);
    }

    @Test
    void layersAndStepAreInTheKeyAndRowsCanNotRunTogether() {
        BuildState one = new BuildState(config(FIELDS), List.of("a", "b"), List.of());
        BuildState two = new BuildState(config(FIELDS), List.of("ab"), List.of());
        assertThat(new CacheKey(one).key()).isNotEqualTo(new CacheKey(two).key());
        assertThat(new CacheKey(one).add("x").add("y").key())
                .isNotEqualTo(new CacheKey(one).add("xy").key())
                .isNotEqualTo(new CacheKey(one).add("x1:y").key())
                .isEqualTo(new CacheKey(one).add("x").add("y").key());
        assertThat(new CacheKey(one).addAll(List.of("x")).addAll(List.of()).key())
                .isNotEqualTo(
                        new CacheKey(one).addAll(List.of()).addAll(List.of("x")).key());
    }

    private static String key(List<Object> fields) {
        return new CacheKey(new BuildState(config(fields), List.of("layer"), List.of())).key();
    }

    @SuppressWarnings("unchecked")
    private static ImageConfig config(List<Object> fields) {
        return new ImageConfig(
                (String) fields.get(0),
                (Instant) fields.get(1),
                (List<String>) fields.get(2),
                (List<String>) fields.get(3),
                (List<String>) fields.get(4),
                (String) fields.get(5),
                (String) fields.get(6),
                (Set<String>) fields.get(7),
                (Set<String>) fields.get(8),
                (Map<String, String>) fields.get(9),
                (String) fields.get(10),
                (Optional<ImageHealth>) fields.get(11),
                (List<String>) fields.get(12),
                (List<String>) fields.get(13));
    }
}
