package org.berth.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every seed, which includes every input that was once found, goes well; so do some thousand near them. */
class SeedsTest {
    private static final int CHANGES = 2000;

    @ParameterizedTest
    @EnumSource(Target.class)
    void seedsGoWell(Target target) throws IOException {
        for (Path seed : seeds(target)) {
            byte[] input = Files.readAllBytes(seed);
            assertThatCode(() -> target.feed().feed(input)).as(seed.toString()).doesNotThrowAnyException();
        }
    }

    @ParameterizedTest
    @EnumSource(Target.class)
    void whatIsNearASeedGoesWell(Target target) throws IOException {
        Random random = new Random(1);
        List<Path> seeds = seeds(target);
        for (int i = 0; i < CHANGES; i++) {
            byte[] input = Files.readAllBytes(seeds.get(i % seeds.size()));
            for (int changes = 1 + random.nextInt(4); changes > 0 && input.length > 0; changes--) {
                input[random.nextInt(input.length)] = (byte) random.nextInt(256);
            }
            assertThatCode(() -> target.feed().feed(input))
                    .as(java.util.Base64.getEncoder().encodeToString(input))
                    .doesNotThrowAnyException();
        }
    }

    private static List<Path> seeds(Target target) throws IOException {
        try (var files = Files.list(Path.of("seeds", target.label()))) {
            List<Path> seeds = files.sorted().toList();
            assertThat(seeds).isNotEmpty();
            return seeds;
        }
    }
}
