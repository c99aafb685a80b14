package org.berth.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The tree is the one that the mapper reads. */
class JsonTreeTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "null",
                "\"a\\u00e9\\n\"",
                "-1",
                "2147483648",
                "123456789012345678901234567890",
                "1.5e3",
                "{\"a\":[1,true,{\"b\":null,\"c\":[[],{}]}],\"d\":false,\"\":\"\"}"
            })
    void isTheOneThatTheMapperReads(String text) {
        assertThat(JsonTree.read(text)).isEqualTo(Json.MAPPER.readTree(text));
        assertThat(JsonTree.read(text.getBytes(StandardCharsets.UTF_8))).isEqualTo(Json.MAPPER.readTree(text));
    }

    @Test
    void nothingIsMissing() {
        assertThat(JsonTree.read(" ").isMissingNode()).isTrue();
        assertThat(JsonTree.read(new byte[0]).isMissingNode()).isTrue();
    }

    @Test
    void randomTreesComeBack() {
        for (int seed = 0; seed < 200; seed++) {
            ObjectNode tree = object(new Random(seed), 4);
            assertThat(JsonTree.read(Json.MAPPER.writeValueAsBytes(tree)))
                    .as("seed " + seed)
                    .isEqualTo(tree);
        }
    }

    @Test
    void whatIsCutShortIsRefusedWhereverItEnds() {
        String text = "{\"a\":[1,{\"b\":\"c\"}]}";
        for (int length = 1; length < text.length(); length++) {
            String cut = text.substring(0, length);
            assertThatExceptionOfType(JacksonException.class).as(cut).isThrownBy(() -> JsonTree.read(cut));
        }
    }

    private static ObjectNode object(Random random, int depth) {
        ObjectNode object = Json.MAPPER.createObjectNode();
        for (int i = random.nextInt(4); i > 0; i--) {
            String name = "n" + random.nextInt(100);
            switch (random.nextInt(depth > 0 ? 6 : 4)) {
                case 0 -> object.put(name, random.nextInt());
                case 1 -> object.put(name, random.nextLong());
                case 2 -> object.put(name, "text " + random.nextInt());
                case 3 -> object.put(name, random.nextBoolean());
                case 4 -> object.set(name, object(random, depth - 1));
                default -> {
                    ArrayNode array = object.putArray(name);
                    array.add(random.nextDouble()).add(object(random, depth - 1));
                }
            }
        }
        return object;
    }
}
