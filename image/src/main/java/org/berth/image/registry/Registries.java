package org.berth.image.registry;

import java.util.Optional;
import org.berth.image.Reference;

/** The registries in reach. */
public final class Registries {
    public Registries(RegistrySettings settings) {}

    /** Why the reference's registry can't be reached; empty when it can. */
    public Optional<String> unreachable(Reference reference) {
        return Optional.of(reference.registry() + " can't be reached");
    }
}
