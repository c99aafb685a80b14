package org.berth.linux.path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileNamesTest {
    @Test
    void everyRowOfBytesComesBack() {
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(8)];
            random.nextBytes(bytes);
            assertThat(FileNames.encode(FileNames.decode(bytes))).isEqualTo(bytes);
        }
    }

    @Test
    void textIsItself() {
        byte[] bytes = "Főtanúsítvány 😀 \ufffd".getBytes(StandardCharsets.UTF_8);
        assertThat(FileNames.decode(bytes)).isEqualTo("Főtanúsítvány 😀 \ufffd");
        assertThat(FileNames.encode("Főtanúsítvány 😀 \ufffd")).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a/b", "/", "a\0b"})
    void pathsAreNoNames(String name) {
        assertThatThrownBy(() -> FileNames.component(name)).isInstanceOf(IllegalArgumentException.class);
    }
}
