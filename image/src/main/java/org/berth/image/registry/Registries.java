package org.berth.image.registry;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.image.Reference;

/** The registries of references, each with its mirrors. Safe for concurrent use. */
public final class Registries {
    private final RegistrySettings settings;
    private final Transport transport;
    private final Authorizer authorizer;

    public Registries(RegistrySettings settings) {
        this.settings = settings;
        this.transport = new Transport(settings.connectMax(), settings.proxies());
        this.authorizer = new Authorizer(transport, new CredentialFile(settings.credentials()));
    }

    /** Why neither the reference's registry nor a mirror of it can be reached; empty when one can. */
    public Optional<String> unreachable(Reference reference) {
        List<String> reasons = new ArrayList<>();
        for (Endpoint endpoint : endpoints(reference)) {
            Optional<String> obstacle = Reachability.obstacle(endpoint, settings.proxies(), settings.connectMax());
            if (obstacle.isEmpty()) {
                return Optional.empty();
            }
            reasons.add(obstacle.get());
        }
        return Optional.of(String.join("; ", reasons));
    }

    /**
     * A manifest, and where it was found.
     */
    public record Found(Repository repository, Repository.Document document) {}

    /**
     * Fetches what a reference names: of the first mirror that is in reach and has it, else of the registry itself. When
     * none has it, the error is that of the last server that was in reach.
     */
    public Found manifest(Reference reference) {
        String action = "pull " + reference.familiar();
        String wanted = reference.digest().isEmpty() ? reference.tag() : reference.digest();
        List<String> reasons = new ArrayList<>();
        Optional<BerthException> refusal = Optional.empty();
        for (Endpoint endpoint : endpoints(reference)) {
            Optional<String> obstacle = Reachability.obstacle(endpoint, settings.proxies(), settings.connectMax());
            if (obstacle.isPresent()) {
                reasons.add(obstacle.get());
                continue;
            }
            Repository repository = new Repository(
                    transport,
                    authorizer,
                    endpoint,
                    credentialName(reference, endpoint),
                    reference.repository(),
                    settings.stallMax());
            try {
                return new Found(repository, repository.manifest(action, wanted));
            } catch (BerthException e) {
                refusal = Optional.of(e);
            }
        }
        throw refusal.orElseGet(
                () -> new BerthException(ErrorCode.UNAVAILABLE, action + ": " + String.join("; ", reasons)));
    }

    private List<Endpoint> endpoints(Reference reference) {
        List<Endpoint> endpoints = new ArrayList<>();
        settings.mirrors()
                .getOrDefault(reference.registry(), List.of())
                .forEach(mirror -> endpoints.add(Endpoint.of(mirror)));
        endpoints.add(Endpoint.of(reference.registry()));
        return endpoints;
    }

    /** A mirror gets its own credentials, never those of the registry behind it. */
    private static String credentialName(Reference reference, Endpoint endpoint) {
        return endpoint.equals(Endpoint.of(reference.registry())) ? reference.registry() : endpoint.name();
    }
}
