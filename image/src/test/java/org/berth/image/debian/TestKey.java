package org.berth.image.debian;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;
import org.bouncycastle.bcpg.ArmoredOutputStream;
import org.bouncycastle.bcpg.HashAlgorithmTags;
import org.bouncycastle.bcpg.PublicKeyAlgorithmTags;
import org.bouncycastle.bcpg.PublicKeyPacket;
import org.bouncycastle.crypto.generators.RSAKeyPairGenerator;
import org.bouncycastle.crypto.params.RSAKeyGenerationParameters;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPKeyPair;
import org.bouncycastle.openpgp.PGPKeyRingGenerator;
import org.bouncycastle.openpgp.PGPSignature;
import org.bouncycastle.openpgp.PGPSignatureGenerator;
import org.bouncycastle.openpgp.PGPSignatureSubpacketGenerator;
import org.bouncycastle.openpgp.operator.bc.BcPGPContentSignerBuilder;
import org.bouncycastle.openpgp.operator.bc.BcPGPDigestCalculatorProvider;
import org.bouncycastle.openpgp.operator.bc.BcPGPKeyPair;

/** A key made for a test, and what it signs. */
final class TestKey {
    private final PGPKeyPair pair;
    private final byte[] ring;

    private TestKey(PGPKeyPair pair, byte[] ring) {
        this.pair = pair;
        this.ring = ring;
    }

    /** A key made at an instant, usable for a time or for ever. */
    static TestKey make(Instant created, Optional<Duration> life) {
        try {
            RSAKeyPairGenerator generator = new RSAKeyPairGenerator();
            generator.init(new RSAKeyGenerationParameters(BigInteger.valueOf(0x10001), new SecureRandom(), 2048, 80));
            PGPKeyPair pair = new BcPGPKeyPair(
                    PublicKeyPacket.VERSION_4,
                    PublicKeyAlgorithmTags.RSA_GENERAL,
                    generator.generateKeyPair(),
                    Date.from(created));
            PGPSignatureSubpacketGenerator subpackets = new PGPSignatureSubpacketGenerator();
            life.ifPresent(time -> subpackets.setKeyExpirationTime(false, time.toSeconds()));
            PGPKeyRingGenerator rings = new PGPKeyRingGenerator(
                    PGPSignature.POSITIVE_CERTIFICATION,
                    pair,
                    "Archive of a test <archive@example>",
                    new BcPGPDigestCalculatorProvider().get(HashAlgorithmTags.SHA1),
                    subpackets.generate(),
                    null,
                    new BcPGPContentSignerBuilder(PublicKeyAlgorithmTags.RSA_GENERAL, HashAlgorithmTags.SHA256),
                    null);
            return new TestKey(pair, rings.generatePublicKeyRing().getEncoded());
        } catch (PGPException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Its public part, as a keyring has it. */
    byte[] ring() {
        return ring.clone();
    }

    /** A signed message (RFC 9580 section 7) by these keys. */
    static String message(String text, String signatures) {
        String escaped = text.replaceAll("(?m)^-", "- -");
        return "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n" + escaped + signatures;
    }

    /** An armoured signature of a text whose last line ends with a line break. */
    String signText(String text, int hash, Optional<Duration> life, Instant at) {
        String canonical =
                text.replaceAll("[ \t]+\n", "\n").replaceAll("\n$", "").replace("\n", "\r\n");
        return armored(
                sign(PGPSignature.CANONICAL_TEXT_DOCUMENT, canonical.getBytes(StandardCharsets.UTF_8), hash, life, at));
    }

    String signText(String text) {
        return signText(text, HashAlgorithmTags.SHA256, Optional.empty(), Instant.now());
    }

    /** A detached signature of a file. */
    byte[] signFile(byte[] content) {
        return sign(PGPSignature.BINARY_DOCUMENT, content, HashAlgorithmTags.SHA512, Optional.empty(), Instant.now());
    }

    byte[] sign(int type, byte[] content, int hash, Optional<Duration> life, Instant at) {
        try {
            PGPSignatureGenerator generator = new PGPSignatureGenerator(
                    new BcPGPContentSignerBuilder(PublicKeyAlgorithmTags.RSA_GENERAL, hash), pair.getPublicKey());
            generator.init(type, pair.getPrivateKey());
            PGPSignatureSubpacketGenerator subpackets = new PGPSignatureSubpacketGenerator();
            subpackets.setSignatureCreationTime(false, Date.from(at));
            life.ifPresent(time -> subpackets.setSignatureExpirationTime(false, time.toSeconds()));
            generator.setHashedSubpackets(subpackets.generate());
            generator.update(content);
            return generator.generate().getEncoded();
        } catch (PGPException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    static String armored(byte[] signature) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ArmoredOutputStream armor =
                ArmoredOutputStream.builder().clearHeaders().build(bytes)) {
            armor.write(signature);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return bytes.toString(StandardCharsets.US_ASCII);
    }
}
