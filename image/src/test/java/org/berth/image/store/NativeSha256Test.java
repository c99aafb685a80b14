package org.berth.image.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The library's SHA-256 is Java's, however the content is cut. */
class NativeSha256Test {
    @BeforeEach
    void needsTheLibrary() {
        assumeTrue(NativeSha256.create().isPresent(), "this machine has no libcrypto of version 3 or 1.1");
    }

    @Test
    void isJavasOwnHoweverTheContentIsCut() throws Exception {
        for (int seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            byte[] content = new byte[random.nextInt(300_000)];
            random.nextBytes(content);
            assertThat(hashed(content, random))
                    .as("seed " + seed)
                    .isEqualTo(MessageDigest.getInstance("SHA-256").digest(content));
        }
    }

    private static byte[] hashed(byte[] content, Random random) {
        MessageDigest hasher = NativeSha256.create().orElseThrow();
        int done = 0;
        while (done < content.length) {
            int length = Math.min(content.length - done, random.nextInt(1, 150_000));
            switch (random.nextInt(3)) {
                case 0 -> hasher.update(content, done, length);
                case 1 -> hasher.update(ByteBuffer.wrap(content, done, length));
                default -> {
                    hasher.update(content[done]);
                    length = 1;
                }
            }
            done += length;
        }
        return hasher.digest();
    }

    @Test
    void beginsAnewAfterItsEndAndWhenItIsReset() throws Exception {
        byte[] nothing = MessageDigest.getInstance("SHA-256").digest();
        MessageDigest hasher = NativeSha256.create().orElseThrow();
        hasher.update((byte) 1);
        hasher.digest();
        assertThat(hasher.digest()).isEqualTo(nothing);
        hasher.update((byte) 1);
        hasher.reset();
        assertThat(hasher.digest()).isEqualTo(nothing);
        assertThat(hasher.getDigestLength()).isEqualTo(32);
    }
}
