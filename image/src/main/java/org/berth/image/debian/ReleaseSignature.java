package org.berth.image.debian;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.bouncycastle.bcpg.HashAlgorithmTags;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPPublicKey;
import org.bouncycastle.openpgp.PGPPublicKeyRing;
import org.bouncycastle.openpgp.PGPPublicKeyRingCollection;
import org.bouncycastle.openpgp.PGPSignature;
import org.bouncycastle.openpgp.PGPSignatureList;
import org.bouncycastle.openpgp.PGPUtil;
import org.bouncycastle.openpgp.bc.BcPGPObjectFactory;
import org.bouncycastle.openpgp.operator.bc.BcKeyFingerprintCalculator;
import org.bouncycastle.openpgp.operator.bc.BcPGPContentVerifierBuilderProvider;

/**
 * The keys that the archive signs with, and the check of what they signed (RFC 9580). As gpgv has
 * it: one good signature by a known, unexpired, unrevoked key is enough, one bad signature by such a
 * key is too much, signatures of unknown keys don't count.
 */
final class ReleaseSignature {
    private static final String BEGIN = "-----BEGIN PGP SIGNED MESSAGE-----";
    private static final String SIGNATURE = "-----BEGIN PGP SIGNATURE-----";
    private static final String END = "-----END PGP SIGNATURE-----";

    /** Hashes that can still be relied on. */
    private static final Set<Integer> HASHES = Set.of(
            HashAlgorithmTags.SHA256, HashAlgorithmTags.SHA384, HashAlgorithmTags.SHA512, HashAlgorithmTags.SHA224);

    private final PGPPublicKeyRingCollection keys;

    private ReleaseSignature(PGPPublicKeyRingCollection keys) {
        this.keys = keys;
    }

    /** Reads a keyring, as the package debian-archive-keyring brings it. */
    static ReleaseSignature readKeys(Path keyring) {
        if (!Files.isRegularFile(keyring)) {
            throw new BerthException(
                    ErrorCode.NOT_FOUND,
                    "the keyring of the Debian archive is missing (" + keyring
                            + "): install the package debian-archive-keyring");
        }
        try {
            return ofKeys(Files.readAllBytes(keyring));
        } catch (IOException e) {
            throw new BerthException(ErrorCode.FAILED, "read the keyring " + keyring + ": " + e.getMessage(), e);
        }
    }

    /** Keys in binary or armoured form. */
    static ReleaseSignature ofKeys(byte[] keyring) throws IOException {
        try {
            return new ReleaseSignature(new PGPPublicKeyRingCollection(
                    PGPUtil.getDecoderStream(new ByteArrayInputStream(keyring)), new BcKeyFingerprintCalculator()));
        } catch (PGPException e) {
            throw new IOException("not a keyring: " + e.getMessage(), e);
        }
    }

    /**
     * Checks a text with its signature around it (InRelease).
     *
     * @param what for messages
     * @return the signed text only; what stands before or after it is an error
     */
    String verifyInline(byte[] message, String what, Instant now) {
        List<String> lines = message(new String(message, StandardCharsets.UTF_8), what);
        int text = lines.indexOf("") + 1;
        int signature = lines.indexOf(SIGNATURE);
        if (!lines.getFirst().equals(BEGIN)
                || text == 0
                || signature < text
                || !lines.getLast().equals(END)) {
            throw refused(what, "is not one signed message");
        }
        List<String> signed = new ArrayList<>();
        for (String line : lines.subList(text, signature)) {
            if (line.startsWith("-") && !line.startsWith("- ")) {
                throw refused(what, "has a line that begins with a dash in its signed text");
            }
            signed.add(line.startsWith("- ") ? line.substring(2) : line);
        }
        String armor = String.join("\n", lines.subList(signature, lines.size())) + "\n";
        verify(canonical(signed), signatures(armor.getBytes(StandardCharsets.US_ASCII), what), what, now);
        return String.join("\n", signed) + "\n";
    }

    /** Checks a file with its signature beside it (Release, Release.gpg). */
    String verifyDetached(byte[] file, byte[] signature, String what, Instant now) {
        verify(file, signatures(signature, what), what, now);
        return new String(file, StandardCharsets.UTF_8);
    }

    private static List<String> message(String text, String what) {
        List<String> lines = new ArrayList<>();
        for (String line : text.split("\n", -1)) {
            lines.add(line.stripTrailing());
        }
        while (!lines.isEmpty() && lines.getLast().isEmpty()) {
            lines.removeLast();
        }
        if (lines.isEmpty()) {
            throw refused(what, "is empty");
        }
        return lines;
    }

    /** Lines as they are signed: without blanks at their ends, with CR LF between them. */
    private static byte[] canonical(List<String> lines) {
        return String.join("\r\n", lines).getBytes(StandardCharsets.UTF_8);
    }

    private static PGPSignatureList signatures(byte[] encoded, String what) {
        try {
            byte[] binary =
                    PGPUtil.getDecoderStream(new ByteArrayInputStream(encoded)).readAllBytes();
            if (new BcPGPObjectFactory(binary).nextObject() instanceof PGPSignatureList list) {
                return list;
            }
            throw refused(what, "has no signature");
        } catch (IOException e) {
            throw new BerthException(
                    ErrorCode.FAILED, what + " has a signature that can't be read: " + e.getMessage(), e);
        }
    }

    private void verify(byte[] content, PGPSignatureList signatures, String what, Instant now) {
        boolean good = false;
        List<String> unknown = new ArrayList<>();
        for (PGPSignature signature : signatures) {
            Optional<PGPPublicKey> key = usableKey(signature.getKeyID(), now);
            if (key.isEmpty()) {
                unknown.add(Long.toHexString(signature.getKeyID()));
            } else if (!isCurrent(signature, now) || !matches(content, signature, key.get(), what)) {
                throw refused(what, "has a bad signature by the key " + Long.toHexString(signature.getKeyID()));
            } else {
                good = true;
            }
        }
        if (!good) {
            throw refused(what, "is signed by no usable key of the archive's keyring (keys " + unknown + ")");
        }
    }

    private static boolean matches(byte[] content, PGPSignature signature, PGPPublicKey key, String what) {
        try {
            signature.init(new BcPGPContentVerifierBuilderProvider(), key);
            signature.update(content);
            return signature.verify();
        } catch (PGPException e) {
            throw new BerthException(
                    ErrorCode.FAILED, what + " has a signature that can't be checked: " + e.getMessage(), e);
        }
    }

    private static boolean isCurrent(PGPSignature signature, Instant now) {
        boolean document = signature.getSignatureType() == PGPSignature.BINARY_DOCUMENT
                || signature.getSignatureType() == PGPSignature.CANONICAL_TEXT_DOCUMENT;
        long lifeSeconds =
                signature.hasSubpackets() ? signature.getHashedSubPackets().getSignatureExpirationTime() : 0;
        boolean expired = lifeSeconds > 0
                && signature
                        .getCreationTime()
                        .toInstant()
                        .plusSeconds(lifeSeconds)
                        .isBefore(now);
        return document && !expired && HASHES.contains(signature.getHashAlgorithm());
    }

    /** A key of the ring by its id, when neither it nor its main key is revoked or has expired. */
    private Optional<PGPPublicKey> usableKey(long id, Instant now) {
        PGPPublicKeyRing ring = keys.getPublicKeyRing(id);
        if (ring == null) {
            return Optional.empty();
        }
        PGPPublicKey key = ring.getPublicKey(id);
        return isUsable(key, now) && isUsable(ring.getPublicKey(), now) ? Optional.of(key) : Optional.empty();
    }

    private static boolean isUsable(PGPPublicKey key, Instant now) {
        long lifeSeconds = key.getValidSeconds();
        boolean expired = lifeSeconds > 0
                && key.getCreationTime().toInstant().plusSeconds(lifeSeconds).isBefore(now);
        return !expired && !key.hasRevocation();
    }

    private static BerthException refused(String what, String why) {
        return new BerthException(ErrorCode.FAILED, what + " " + why);
    }
}
