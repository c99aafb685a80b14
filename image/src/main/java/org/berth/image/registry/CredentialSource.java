package org.berth.image.registry;

import java.util.Optional;

/** Who knows the credentials for registries. */
@FunctionalInterface
public interface CredentialSource {
    /** The credentials for a registry ("docker.io", "127.0.0.1:5000"), if there are any. */
    Optional<Credentials> find(String registry);

    /** These for one registry, and what another source knows for all others. */
    static CredentialSource given(String registry, Credentials credentials, CredentialSource others) {
        return asked -> asked.equals(registry) ? Optional.of(credentials) : others.find(asked);
    }
}
