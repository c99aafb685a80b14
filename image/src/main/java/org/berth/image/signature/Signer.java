package org.berth.image.signature;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Map;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.image.attached.Attachment;

/** Signs images with a private key. */
public final class Signer {
    /** What cosign calls a locked key since its version 2. */
    static final String LOCKED = "ENCRYPTED SIGSTORE PRIVATE KEY";

    private static final String LOCKED_BEFORE = "ENCRYPTED COSIGN PRIVATE KEY";
    private static final String PLAIN = "PRIVATE KEY";
    private static final String ARTIFACT = "application/vnd.dev.cosign.artifact.sig.v1+json";

    private final PrivateKey key;

    private Signer(PrivateKey key) {
        this.key = key;
    }

    /**
     * A signer with the key of a PEM text: locked as cosign does, or plain PKCS #8.
     *
     * @throws BerthException INVALID for another text, UNAUTHORIZED for a password that does not open it
     */
    public static Signer of(String pem, String password) {
        Pem block = Pem.find(pem)
                .orElseThrow(() -> new BerthException(ErrorCode.INVALID, "no private key: expected a PEM text"));
        byte[] encoded = switch (block.label()) {
            case LOCKED, LOCKED_BEFORE -> SecretBox.unlock(block.content(), password);
            case PLAIN -> block.content();
            default ->
                throw new BerthException(
                        ErrorCode.INVALID,
                        "'" + block.label() + "' is no private key that can sign: expected '" + LOCKED + "' or '"
                                + PLAIN + "'");
        };
        try {
            return new Signer(KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(encoded)));
        } catch (GeneralSecurityException e) {
            throw new BerthException(ErrorCode.INVALID, "the private key is none of ECDSA: " + e.getMessage(), e);
        }
    }

    /**
     * The signature of an image.
     *
     * @param repository its name without a tag
     * @param digest its manifest's
     */
    public Attachment sign(String repository, String digest) {
        String payload = Payload.of(repository, digest);
        try {
            Signature signature = Signature.getInstance(Verifier.ALGORITHM);
            signature.initSign(key);
            signature.update(payload.getBytes(StandardCharsets.UTF_8));
            return new Attachment(
                    ARTIFACT,
                    Attachment.SIGNED,
                    payload,
                    Map.of(Attachment.SIGNATURE, Base64.getEncoder().encodeToString(signature.sign())));
        } catch (GeneralSecurityException e) {
            throw new BerthException(ErrorCode.INVALID, "the key can't sign: " + e.getMessage(), e);
        }
    }
}
