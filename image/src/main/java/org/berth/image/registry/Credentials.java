package org.berth.image.registry;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Who we are to a registry.
 *
 * @param identityToken an OAuth2 refresh token that stands for the password; "" for none
 */
public record Credentials(String user, String password, String identityToken) {
    /** The value of an Authorization header (RFC 7617). */
    String basic() {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    /** Whether they say anything. */
    public boolean isEmpty() {
        return user.isEmpty() && identityToken.isEmpty();
    }

    /** Without the secrets, for it may reach a log. */
    @Override
    public String toString() {
        return "Credentials[" + user + "]";
    }
}
