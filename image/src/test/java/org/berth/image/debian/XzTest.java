package org.berth.image.debian;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZInputStream;
import org.tukaani.xz.XZOutputStream;

/** Both decoders, held to the same. */
class XzTest {
    enum Decoder {
        LIBRARY {
            @Override
            InputStream open(byte[] packed) throws IOException {
                assumeTrue(LzmaLibrary.find().isPresent(), "this machine has no liblzma.so.5");
                return new LzmaInputStream(LzmaLibrary.find().orElseThrow(), new ByteArrayInputStream(packed));
            }
        },
        JAVA {
            @Override
            InputStream open(byte[] packed) throws IOException {
                return new XZInputStream(new ByteArrayInputStream(packed), Xz.MEMORY_KB_MAX);
            }
        };

        abstract InputStream open(byte[] packed) throws IOException;
    }

    private static byte[] content(int size) {
        byte[] content = new byte[size];
        Random random = new Random(size);
        for (int at = 0; at < size; at++) {
            content[at] = (byte) (random.nextInt(8) == 0 ? random.nextInt() : at >> 6);
        }
        return content;
    }

    private static byte[] packed(byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (XZOutputStream output = new XZOutputStream(bytes, new LZMA2Options(1))) {
            output.write(content);
        }
        return bytes.toByteArray();
    }

    @ParameterizedTest
    @EnumSource
    void unpacksAnySize(Decoder decoder) throws IOException {
        for (int size : new int[] {0, 1, 1 << 17, (1 << 17) + 1, 3_000_000}) {
            byte[] content = content(size);
            try (InputStream input = decoder.open(packed(content))) {
                assertThat(input.readAllBytes()).isEqualTo(content);
                assertThat(input.read()).isEqualTo(-1);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void unpacksStreamsOneAfterTheOther(Decoder decoder) throws IOException {
        byte[] first = packed(content(1000));
        byte[] second = packed(content(2000));
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        try (InputStream input = decoder.open(both)) {
            assertThat(input.readAllBytes()).hasSize(3000);
        }
    }

    @ParameterizedTest
    @EnumSource
    void refusesWhatIsBrokenOrCut(Decoder decoder) throws IOException {
        byte[] packed = packed(content(500_000));
        byte[] cut = Arrays.copyOf(packed, packed.length - 20);
        byte[] broken = packed.clone();
        broken[broken.length / 2] ^= 1;
        for (byte[] bad : new byte[][] {cut, broken, new byte[100]}) {
            assertThatThrownBy(() -> {
                        try (InputStream input = decoder.open(bad)) {
                            input.readAllBytes();
                        }
                    })
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void refusesToReadWhenClosed() throws IOException {
        InputStream input = Decoder.LIBRARY.open(packed(content(10)));
        input.close();
        input.close();
        assertThatThrownBy(input::read).isInstanceOf(IOException.class);
    }
}
