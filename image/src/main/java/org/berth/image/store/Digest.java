package org.berth.image.store;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * A content's SHA-256 digest (OCI image-spec, descriptor.md, "Digests"), the only algorithm the store keeps.
 *
 * @param hex 64 lower-case hexadecimal digits; safe as a file's name
 */
public record Digest(String hex) {
    private static final String PREFIX = "sha256:";
    private static final Pattern HEX = Pattern.compile("[a-f0-9]{64}");

    public Digest {
        if (!HEX.matcher(hex).matches()) {
            throw new BerthException(
                    ErrorCode.INVALID, "digest \"" + PREFIX + hex + "\": expected 64 lower-case hexadecimal digits");
        }
    }

    /** Reads "sha256:..."; what others write into a manifest is checked here before it becomes a file's name. */
    public static Digest parse(String text) {
        if (!text.startsWith(PREFIX)) {
            throw new BerthException(ErrorCode.UNSUPPORTED, "digest \"" + text + "\": only sha256 digests are kept");
        }
        return new Digest(text.substring(PREFIX.length()));
    }

    /** The digest of these bytes. */
    public static Digest of(byte[] content) {
        return ended(hasher().digest(content));
    }

    /** A running SHA-256, the quickest that this machine has. */
    public static MessageDigest hasher() {
        return NativeSha256.create().orElseGet(Digest::javas);
    }

    private static MessageDigest javas() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** The digest that a running SHA-256 ended with. */
    public static Digest ended(byte[] hash) {
        return new Digest(HexFormat.of().formatHex(hash));
    }

    /** Twelve digits, for people. */
    public String brief() {
        return hex.substring(0, 12);
    }

    @Override
    public String toString() {
        return PREFIX + hex;
    }
}
