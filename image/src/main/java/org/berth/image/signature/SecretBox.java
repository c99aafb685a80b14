package org.berth.image.signature;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import org.berth.base.JsonTree;
import org.bouncycastle.crypto.engines.XSalsa20Engine;
import org.bouncycastle.crypto.generators.SCrypt;
import org.bouncycastle.crypto.macs.Poly1305;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Content locked by a password, as cosign locks private keys: scrypt makes the key, NaCl's secretbox (XSalsa20 and Poly1305) locks;
 * a JSON text says with which parameters.
 */
final class SecretBox {
    private static final int SALT_BYTES = 32;
    private static final int NONCE_BYTES = 24;
    private static final int KEY_BYTES = 32;
    private static final int TAG_BYTES = 16;
    /** OWASP's least for scrypt, which cosign writes: 64 MiB of memory. */
    private static final int COST = 65_536;

    private static final int BLOCK = 8;
    /** A file may not ask for more memory than that: 128 * r * N bytes. */
    private static final long MEMORY_MAX = 256L * 1024 * 1024;

    private SecretBox() {}

    static byte[] lock(byte[] content, String password, SecureRandom random) {
        byte[] salt = new byte[SALT_BYTES];
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(salt);
        random.nextBytes(nonce);
        byte[] key = SCrypt.generate(password.getBytes(StandardCharsets.UTF_8), salt, COST, BLOCK, 1, KEY_BYTES);
        ObjectNode box = Json.MAPPER.createObjectNode();
        ObjectNode derivation = box.putObject("kdf");
        derivation.put("name", "scrypt");
        derivation.putObject("params").put("N", COST).put("r", BLOCK).put("p", 1);
        derivation.put("salt", base64(salt));
        box.putObject("cipher").put("name", "nacl/secretbox").put("nonce", base64(nonce));
        box.put("ciphertext", base64(seal(content, key, nonce)));
        return Json.MAPPER.writeValueAsBytes(box);
    }

    static byte[] unlock(byte[] box, String password) {
        try {
            JsonNode read = JsonTree.read(box);
            JsonNode parameters = read.path("kdf").path("params");
            int cost = parameters.path("N").asInt(0);
            int block = parameters.path("r").asInt(0);
            int parallel = parameters.path("p").asInt(0);
            boolean known = read.path("kdf").path("name").asString("").equals("scrypt")
                    && read.path("cipher").path("name").asString("").equals("nacl/secretbox");
            boolean bounded = cost > 1
                    && block > 0
                    && block <= 64
                    && parallel > 0
                    && parallel <= 16
                    && 128L * cost * block <= MEMORY_MAX;
            if (!known || !bounded) {
                throw new BerthException(
                        ErrorCode.UNSUPPORTED,
                        "the key is locked in a way that is not known: expected scrypt and secretbox");
            }
            byte[] key = SCrypt.generate(
                    password.getBytes(StandardCharsets.UTF_8),
                    bytes(read.path("kdf").path("salt")),
                    cost,
                    block,
                    parallel,
                    KEY_BYTES);
            return open(
                    bytes(read.path("ciphertext")),
                    key,
                    bytes(read.path("cipher").path("nonce")));
        } catch (JacksonException | IllegalArgumentException e) {
            throw new BerthException(ErrorCode.INVALID, "the locked key is damaged: " + e.getMessage(), e);
        }
    }

    static byte[] seal(byte[] content, byte[] key, byte[] nonce) {
        byte[] stream = crypt(content, key, nonce);
        byte[] locked = java.util.Arrays.copyOfRange(stream, KEY_BYTES, stream.length);
        byte[] sealed = new byte[TAG_BYTES + locked.length];
        tag(stream, locked, sealed);
        System.arraycopy(locked, 0, sealed, TAG_BYTES, locked.length);
        return sealed;
    }

    static byte[] open(byte[] sealed, byte[] key, byte[] nonce) {
        if (sealed.length < TAG_BYTES || nonce.length != NONCE_BYTES) {
            throw new IllegalArgumentException("too short");
        }
        byte[] locked = java.util.Arrays.copyOfRange(sealed, TAG_BYTES, sealed.length);
        byte[] stream = crypt(locked, key, nonce);
        byte[] expected = new byte[TAG_BYTES];
        tag(stream, locked, expected);
        if (!MessageDigest.isEqual(expected, java.util.Arrays.copyOf(sealed, TAG_BYTES))) {
            throw new BerthException(ErrorCode.UNAUTHORIZED, "the password does not open the key");
        }
        return java.util.Arrays.copyOfRange(stream, KEY_BYTES, stream.length);
    }

    /** The cipher's first 32 bytes, which are the tag's key, and then the content through it. */
    private static byte[] crypt(byte[] content, byte[] key, byte[] nonce) {
        XSalsa20Engine engine = new XSalsa20Engine();
        engine.init(true, new ParametersWithIV(new KeyParameter(key), nonce));
        byte[] padded = new byte[KEY_BYTES + content.length];
        System.arraycopy(content, 0, padded, KEY_BYTES, content.length);
        byte[] through = new byte[padded.length];
        engine.processBytes(padded, 0, padded.length, through, 0);
        return through;
    }

    private static void tag(byte[] stream, byte[] locked, byte[] into) {
        Poly1305 poly = new Poly1305();
        poly.init(new KeyParameter(stream, 0, KEY_BYTES));
        poly.update(locked, 0, locked.length);
        poly.doFinal(into, 0);
    }

    private static byte[] bytes(JsonNode node) {
        return Base64.getDecoder().decode(node.asString(""));
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
