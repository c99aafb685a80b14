package org.berth.image.signature;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.image.attached.Attachment;

/** Checks signatures of images by a public key. */
public final class Verifier {
    static final String PUBLIC = "PUBLIC KEY";
    static final String ALGORITHM = "SHA256withECDSA";

    private final PublicKey key;

    private Verifier(PublicKey key) {
        this.key = key;
    }

    /** A verifier with the key of a PEM text (cosign.pub). */
    public static Verifier of(String pem) {
        try {
            return Pem.find(pem)
                    .filter(block -> block.label().equals(PUBLIC))
                    .map(Pem::content)
                    .map(X509EncodedKeySpec::new)
                    .map(Verifier::key)
                    .map(Verifier::new)
                    .orElseThrow(() -> new BerthException(
                            ErrorCode.INVALID, "no public key: expected a PEM text of '" + PUBLIC + "'"));
        } catch (IllegalArgumentException e) {
            throw new BerthException(ErrorCode.INVALID, "the public key is none of ECDSA: " + e.getMessage(), e);
        }
    }

    private static PublicKey key(X509EncodedKeySpec encoded) {
        try {
            return KeyFactory.getInstance("EC").generatePublic(encoded);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /** Whether one of the attachments is this key's signature of the image with that manifest. */
    public boolean accepts(List<Attachment> attachments, String digest) {
        return attachments.stream().filter(Attachment::isSignature).anyMatch(one -> accepts(one, digest));
    }

    private boolean accepts(Attachment signature, String digest) {
        if (!Payload.isOf(signature.content(), digest)) {
            return false;
        }
        try {
            Signature check = Signature.getInstance(ALGORITHM);
            check.initVerify(key);
            check.update(signature.content().getBytes(StandardCharsets.UTF_8));
            return check.verify(
                    Base64.getDecoder().decode(signature.annotations().getOrDefault(Attachment.SIGNATURE, "")));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return false; // a damaged signature is none
        }
    }
}
