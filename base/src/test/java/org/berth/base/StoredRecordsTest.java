package org.berth.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** What is stored comes back as it was, or is refused with the name of its file and what to do. */
class StoredRecordsTest {
    private static final Path FILE = Path.of("/var/lib/berth/things/one");
    private static final JsonMapper MAPPER = StoredRecords.strict(Json.MAPPER);

    record Inner(long bytes, String unit) {
        Inner {
            if (bytes < 0) {
                throw new BerthException(ErrorCode.INVALID, "expected no negative size");
            }
        }
    }

    record Thing(String name, boolean whole, Optional<String> note, List<Inner> parts) {
        Thing {
            parts = List.copyOf(parts);
        }
    }

    private static final Thing THING = new Thing("one", true, Optional.empty(), List.of(new Inner(3, "kB")));

    private static byte[] good() {
        return StoredRecords.encode(MAPPER, 2, THING);
    }

    private static Thing read(byte[] content) {
        return StoredRecords.decode(MAPPER, FILE, content, Thing.class, 2, "remove it");
    }

    private static void refused(ErrorCode code, byte[] content, String... words) {
        assertThatExceptionOfType(BerthException.class)
                .isThrownBy(() -> read(content))
                .satisfies(e -> assertThat(e.code()).isEqualTo(code))
                .withMessageStartingWith(FILE.toString())
                .withMessageContainingAll(words)
                .withMessageMatching("[^\\n]{1,300}");
    }

    private static void damaged(String text, String... words) {
        refused(ErrorCode.INTERNAL, text.getBytes(StandardCharsets.UTF_8), words);
    }

    @Test
    void comesBackAsItWas() {
        assertThat(read(good())).isEqualTo(THING);
    }

    @Test
    void anotherVersionIsRefusedByName() {
        refused(
                ErrorCode.UNSUPPORTED,
                StoredRecords.encode(MAPPER, 7, THING),
                "is of version 7, this Berth knows version 2: use the Berth that wrote it, or another BERTH_ROOT");
    }

    @Test
    void noVersionIsRefusedByName() {
        damaged("{\"name\":\"one\"}", "bears no version", "remove it");
        damaged("{\"version\":\"2\"}", "bears no version");
        damaged("[]", "bears no version");
        damaged("", "bears no version");
    }

    @Test
    void aComponentThatIsMissingIsNotTakenForNothing() {
        String text = new String(good(), StandardCharsets.UTF_8);
        damaged(text.replace("\"name\":\"one\",", ""), "'name'", "remove it");
        damaged(text.replace("\"whole\":true,", ""), "is damaged", "whole");
        damaged(text.replace("\"note\":null,", ""), "'note'");
        damaged(text.replace("\"unit\":\"kB\"", "\"unit\":null"), "'unit'");
        damaged(text.replace("\"bytes\":3", "\"bytes\":-3"), "expected no negative size");
    }

    @Test
    void whatWasCutShortIsRefusedWhereverItEnds() {
        byte[] good = good();
        for (int length = 0; length < good.length; length++) {
            refused(ErrorCode.INTERNAL, Arrays.copyOf(good, length), "remove it");
        }
        refused(ErrorCode.INTERNAL, Arrays.copyOf(good, good.length + 9), "is damaged");
    }

    @Test
    void whatIsNoRecordIsRefused() {
        Random random = new Random(1);
        for (int i = 0; i < 200; i++) {
            byte[] garbage = new byte[random.nextInt(1, 100)];
            random.nextBytes(garbage);
            refused(ErrorCode.INTERNAL, garbage, "remove it");
        }
    }
}
