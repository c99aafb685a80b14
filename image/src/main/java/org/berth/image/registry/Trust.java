package org.berth.image.registry;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * How servers prove who they are, where that is not by the machine's certificate authorities.
 *
 * @param insecure hosts ("registry.lan:5000") whose certificate is not looked at, and that are spoken to in plain HTTP when
 *     they have none
 * @param authorities by host, a PEM file of the certificate authorities that are believed besides the machine's
 */
public record Trust(Set<String> insecure, Map<String, Path> authorities) {
    /** The machine's authorities, for all. */
    public static final Trust NORMAL = new Trust(Set.of(), Map.of());

    public Trust {
        insecure = Set.copyOf(insecure);
        authorities = Map.copyOf(authorities);
    }
}
