package org.berth.image.signature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.JsonTree;
import org.berth.image.attached.Attachment;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class SignatureTest {
    private static final String DIGEST = "sha256:" + "ab".repeat(32);
    private static final String OTHER = "sha256:" + "cd".repeat(32);
    private static final HexFormat HEX = HexFormat.of();

    private final KeyPair pair = KeyPair.generate("secret", new SecureRandom());

    @Test
    void aSignatureIsOfOneImageByOneKey() {
        Attachment signature = Signer.of(pair.privateKey(), "secret").sign("docker.io/library/shop", DIGEST);
        Verifier verifier = Verifier.of(pair.publicKey());
        assertThat(verifier.accepts(List.of(signature), DIGEST)).isTrue();
        assertThat(verifier.accepts(List.of(signature), OTHER)).isFalse();
        assertThat(verifier.accepts(List.of(), DIGEST)).isFalse();
        KeyPair stranger = KeyPair.generate("", new SecureRandom());
        assertThat(Verifier.of(stranger.publicKey()).accepts(List.of(signature), DIGEST))
                .isFalse();
        Attachment moved = new Attachment(
                signature.artifactType(),
                signature.mediaType(),
                signature.content().replace(DIGEST, OTHER),
                signature.annotations());
        assertThat(verifier.accepts(List.of(moved), OTHER)).isFalse();
        Attachment damaged = new Attachment(
                signature.artifactType(),
                signature.mediaType(),
                signature.content(),
                Map.of(Attachment.SIGNATURE, "no base64!"));
        assertThat(verifier.accepts(List.of(damaged), DIGEST)).isFalse();
    }

    @Test
    void thePayloadIsSimpleSigning() {
        JsonNode payload = JsonTree.read(Payload.of("docker.io/library/shop", DIGEST));
        JsonNode critical = payload.path("critical");
        assertThat(critical.path("identity").path("docker-reference").asString())
                .isEqualTo("docker.io/library/shop");
        assertThat(critical.path("image").path("docker-manifest-digest").asString())
                .isEqualTo(DIGEST);
        assertThat(critical.path("type").asString()).isEqualTo("cosign container image signature");
        assertThat(Payload.isOf("{\"critical\":{\"image\":{\"docker-manifest-digest\":\"" + DIGEST + "\"}}}", DIGEST))
                .isFalse();
    }

    @Test
    void aKeyIsLockedByItsPassword() {
        assertThat(pair.privateKey()).startsWith("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n");
        assertThat(pair.publicKey()).startsWith("-----BEGIN PUBLIC KEY-----\n");
        JsonNode box = JsonTree.read(Pem.find(pair.privateKey()).orElseThrow().content());
        assertThat(box.path("kdf").path("name").asString()).isEqualTo("scrypt");
        assertThat(box.path("cipher").path("name").asString()).isEqualTo("nacl/secretbox");
        assertThatThrownBy(() -> Signer.of(pair.privateKey(), "wrong"))
                .hasMessage("the password does not open the key")
                .isInstanceOfSatisfying(
                        BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAUTHORIZED));
        assertThatThrownBy(() -> Signer.of(pair.publicKey(), "secret"))
                .hasMessageContaining("'PUBLIC KEY' is no private key");
        assertThatThrownBy(() -> Verifier.of(pair.privateKey())).hasMessageContaining("no public key");
    }

    @Test
    void aKeyMayNotAskForAllMemory() {
        String box = "{\"kdf\":{\"name\":\"scrypt\",\"params\":{\"N\":1073741824,\"r\":8,\"p\":1},\"salt\":\"\"},"
                + "\"cipher\":{\"name\":\"nacl/secretbox\",\"nonce\":\"\"},\"ciphertext\":\"\"}";
        assertThatThrownBy(() -> SecretBox.unlock(box.getBytes(java.nio.charset.StandardCharsets.UTF_8), ""))
                .hasMessageContaining("locked in a way that is not known");
    }

    /** The vector of NaCl's own tests (tests/secretbox.c). */
    @Test
    void theBoxIsNaCls() {
        byte[] key = HEX.parseHex("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389");
        byte[] nonce = HEX.parseHex("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37");
        byte[] message = HEX.parseHex("be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffc"
                + "e5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f41db66cce314adb31"
                + "0e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde"
                + "048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f93776384864"
                + "5e0705");
        byte[] sealed = SecretBox.seal(message, key, nonce);
        assertThat(HEX.formatHex(sealed))
                .startsWith("f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce");
        assertThat(SecretBox.open(sealed, key, nonce)).isEqualTo(message);
    }
}
