package org.berth.image.signature;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The first block of a PEM text (RFC 7468).
 *
 * @param label "PUBLIC KEY"
 */
record Pem(String label, byte[] content) {
    private static final int LINE = 64;
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----\\s*([A-Za-z0-9+/=\\s]+?)\\s*-----END \\1-----");

    static Optional<Pem> find(String text) {
        Matcher matcher = BLOCK.matcher(text);
        try {
            return matcher.find()
                    ? Optional.of(
                            new Pem(matcher.group(1), Base64.getMimeDecoder().decode(matcher.group(2))))
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    String text() {
        String body = Base64.getMimeEncoder(LINE, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(content);
        return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
    }
}
