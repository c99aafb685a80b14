package org.berth.image.debian;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.berth.base.BerthException;
import org.bouncycastle.bcpg.HashAlgorithmTags;
import org.bouncycastle.openpgp.PGPSignature;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ReleaseSignatureTest {
    private static final Instant NOW = Instant.now();
    private static final Instant LAST_YEAR = NOW.minus(Duration.ofDays(365));
    private static final String TEXT = "Origin: Debian\nSuite: stable \n- dashed\n-dashed\n\nCodename: bookworm\n";
    private static final String READ = "Origin: Debian\nSuite: stable\n- dashed\n-dashed\n\nCodename: bookworm\n";
    private static TestKey archive;
    private static TestKey stranger;
    private static TestKey expired;

    @BeforeAll
    static void makeKeys() {
        archive = TestKey.make(LAST_YEAR, Optional.empty());
        stranger = TestKey.make(LAST_YEAR, Optional.empty());
        expired = TestKey.make(LAST_YEAR, Optional.of(Duration.ofDays(300)));
    }

    private static ReleaseSignature keys(TestKey... keys) throws IOException {
        ByteArrayOutputStream ring = new ByteArrayOutputStream();
        for (TestKey key : keys) {
            ring.write(key.ring());
        }
        return ReleaseSignature.ofKeys(ring.toByteArray());
    }

    private static String verify(String message, TestKey... keys) throws IOException {
        return keys(keys).verifyInline(message.getBytes(StandardCharsets.UTF_8), "the file", NOW);
    }

    private static void assertRefused(ThrowingCallable check, String reason) {
        assertThatThrownBy(check)
                .isInstanceOf(BerthException.class)
                .hasMessageStartingWith("the file ")
                .hasMessageContaining(reason);
    }

    @Test
    void takesAGoodSignature() throws IOException {
        assertThat(verify(TestKey.message(TEXT, archive.signText(TEXT)), stranger, archive))
                .isEqualTo(READ);
    }

    @Test
    void takesAnArmouredKeyring() throws IOException {
        byte[] ring = TestKey.armored(archive.ring()).getBytes(StandardCharsets.US_ASCII);
        String message = TestKey.message(TEXT, archive.signText(TEXT));
        assertThat(ReleaseSignature.ofKeys(ring)
                        .verifyInline(message.getBytes(StandardCharsets.UTF_8), "the file", NOW))
                .isEqualTo(READ);
    }

    @Test
    void refusesAChangedText() {
        String message = TestKey.message(TEXT, archive.signText(TEXT));
        assertRefused(() -> verify(message.replace("bookworm", "bookwurm"), archive), "bad signature");
        assertRefused(() -> verify(message.replace("\n\nCodename", "\nCodename"), archive), "bad signature");
    }

    @Test
    void refusesTextOutsideOfWhatIsSigned() {
        String message = TestKey.message(TEXT, archive.signText(TEXT));
        assertRefused(() -> verify("Origin: Evil\n" + message, archive), "is not one signed message");
        assertRefused(() -> verify(message + "Origin: Evil\n", archive), "is not one signed message");
        assertRefused(() -> verify(message.replace("- -dashed", "-dashed"), archive), "begins with a dash");
        assertRefused(() -> verify(TEXT, archive), "is not one signed message");
        assertRefused(() -> verify("", archive), "is empty");
    }

    @Test
    void refusesAnUnknownKey() {
        String message = TestKey.message(TEXT, stranger.signText(TEXT));
        assertRefused(() -> verify(message, archive), "is signed by no usable key");
    }

    @Test
    void refusesAnExpiredKey() throws IOException {
        String message = TestKey.message(TEXT, expired.signText(TEXT));
        assertRefused(() -> verify(message, expired), "is signed by no usable key");
        Instant before = LAST_YEAR.plus(Duration.ofDays(299));
        assertThat(keys(expired).verifyInline(message.getBytes(StandardCharsets.UTF_8), "the file", before))
                .isEqualTo(READ);
    }

    @Test
    void refusesAnExpiredSignature() {
        String signature = archive.signText(
                TEXT, HashAlgorithmTags.SHA256, Optional.of(Duration.ofDays(10)), NOW.minus(Duration.ofDays(11)));
        assertRefused(() -> verify(TestKey.message(TEXT, signature), archive), "bad signature");
    }

    @Test
    void refusesAWeakHash() {
        String signature = archive.signText(TEXT, HashAlgorithmTags.SHA1, Optional.empty(), NOW);
        assertRefused(() -> verify(TestKey.message(TEXT, signature), archive), "bad signature");
    }

    @Test
    void refusesASignatureOfAnotherKind() {
        byte[] certification = archive.sign(
                PGPSignature.DIRECT_KEY,
                READ.strip().replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8),
                HashAlgorithmTags.SHA256,
                Optional.empty(),
                NOW);
        assertRefused(() -> verify(TestKey.message(TEXT, TestKey.armored(certification)), archive), "bad signature");
    }

    @Test
    void takesOneOfSeveralSignatures() throws IOException {
        byte[] content = TEXT.getBytes(StandardCharsets.UTF_8);
        byte[] both = concatenated(stranger.signFile(content), archive.signFile(content));
        assertThat(keys(archive).verifyDetached(content, both, "the file", NOW)).isEqualTo(TEXT);
    }

    @Test
    void refusesOneBadSignatureAmongGoodOnes() {
        byte[] content = TEXT.getBytes(StandardCharsets.UTF_8);
        byte[] both = concatenated(archive.signFile(content), stranger.signFile(new byte[] {1}));
        assertRefused(() -> keys(archive, stranger).verifyDetached(content, both, "the file", NOW), "bad signature");
    }

    @Test
    void refusesAChangedFile() {
        byte[] signature = archive.signFile(new byte[] {1, 2});
        assertRefused(
                () -> keys(archive).verifyDetached(new byte[] {1, 3}, signature, "the file", NOW), "bad signature");
    }

    @Test
    void refusesWhatIsNoSignature() {
        assertRefused(() -> keys(archive).verifyDetached(new byte[] {1}, new byte[0], "the file", NOW), "signature");
    }

    @Test
    void saysHowToGetAMissingKeyring() {
        assertThatThrownBy(() -> ReleaseSignature.readKeys(Path.of("/nowhere/keyring.gpg")))
                .isInstanceOf(BerthException.class)
                .hasMessageContaining("/nowhere/keyring.gpg")
                .hasMessageContaining("install the package debian-archive-keyring");
    }

    private static byte[] concatenated(byte[] first, byte[] second) {
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(first);
        both.writeBytes(second);
        return both.toByteArray();
    }
}
