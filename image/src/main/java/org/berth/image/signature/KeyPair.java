package org.berth.image.signature;

import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;

/**
 * A key to sign with and the one to check by, as PEM texts.
 *
 * @param privateKey locked by a password (cosign.key)
 * @param publicKey cosign.pub
 */
public record KeyPair(String privateKey, String publicKey) {
    /** A new pair for ECDSA on P-256. */
    public static KeyPair generate(String password, SecureRandom random) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"), random);
            java.security.KeyPair pair = generator.generateKeyPair();
            byte[] locked = SecretBox.lock(pair.getPrivate().getEncoded(), password, random);
            return new KeyPair(
                    new Pem(Signer.LOCKED, locked).text(),
                    new Pem(Verifier.PUBLIC, pair.getPublic().getEncoded()).text());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has ECDSA on P-256", e);
        }
    }
}
