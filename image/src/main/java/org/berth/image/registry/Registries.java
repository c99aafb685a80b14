package org.berth.image.registry;

import java.net.ProxySelector;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.image.Reference;

/** The registries of references, each with its mirrors. Safe for concurrent use. */
public final class Registries {
    private final RegistrySettings settings;
    private final Transport transport;
    /** With the credentials of the file. */
    private final Authorizer authorizer;

    public Registries(RegistrySettings settings) {
        this.settings = settings;
        this.transport = new Transport(settings);
        this.authorizer = new Authorizer(transport, settings.credentials());
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
     *
     * @param given the credentials for the reference's registry; empty for those that are kept
     */
    public Found manifest(Reference reference, Optional<Credentials> given) {
        String action = "pull " + reference.familiar();
        String wanted = reference.digest().isEmpty() ? reference.tag() : reference.digest();
        return first(action, endpoints(reference), endpoint -> {
            Repository repository = new Repository(calls(reference, endpoint, authorizer(reference, given)));
            return new Found(repository, repository.manifest(action, wanted));
        });
    }

    /**
     * The repository of a reference on its registry itself, for what mirrors are not asked.
     *
     * @param action what for, to begin an error with
     * @param given the credentials for the reference's registry; empty for those that are kept
     */
    public Repository repository(String action, Reference reference, Optional<Credentials> given) {
        return first(action, own(reference), endpoint -> {
            Calls calls = calls(reference, endpoint, authorizer(reference, given));
            if (own(reference).size() > 1) {
                Login.reach(action, transport, endpoint); // which of them answers is not known
            }
            return new Repository(calls);
        });
    }

    /**
     * Sees whether a registry takes credentials.
     *
     * @throws BerthException UNAUTHORIZED when it doesn't
     */
    public void check(String registry, Credentials credentials) {
        String action = "log in to " + registry;
        boolean taken = first(action, Endpoint.all(registry, settings.trust()), endpoint -> {
            Login.check(action, transport, endpoint, registry, credentials);
            return true;
        });
        if (!taken) {
            throw new IllegalStateException(action);
        }
    }

    /** The proxies on the way to other machines, of registries and of others. */
    public ProxySelector proxies() {
        return settings.proxies();
    }

    /** The file of credentials. */
    public CredentialFile credentials() {
        return settings.credentials();
    }

    /** What the first server gives that is in reach and does. */
    private <T> T first(String action, List<Endpoint> endpoints, Function<Endpoint, T> work) {
        List<String> reasons = new ArrayList<>();
        Optional<BerthException> refusal = Optional.empty();
        for (Endpoint endpoint : endpoints) {
            Optional<String> obstacle = Reachability.obstacle(endpoint, settings.proxies(), settings.connectMax());
            if (obstacle.isPresent()) {
                reasons.add(obstacle.get());
                continue;
            }
            try {
                return work.apply(endpoint);
            } catch (BerthException e) {
                refusal = Optional.of(e);
            }
        }
        throw refusal.orElseGet(
                () -> new BerthException(ErrorCode.UNAVAILABLE, action + ": " + String.join("; ", reasons)));
    }

    private Calls calls(Reference reference, Endpoint endpoint, Authorizer who) {
        return new Calls(
                transport, who, endpoint, credentialName(reference, endpoint), reference.repository(), settings);
    }

    /** Credentials that are given are for one use: what they open must not stay open for others. */
    private Authorizer authorizer(Reference reference, Optional<Credentials> given) {
        return given.map(credentials -> new Authorizer(
                        transport, CredentialSource.given(reference.registry(), credentials, settings.credentials())))
                .orElse(authorizer);
    }

    private List<Endpoint> endpoints(Reference reference) {
        return Stream.concat(
                        settings.mirrors().getOrDefault(reference.registry(), List.of()).stream()
                                .flatMap(mirror -> Endpoint.all(mirror, settings.trust()).stream()),
                        own(reference).stream())
                .toList();
    }

    private List<Endpoint> own(Reference reference) {
        return Endpoint.all(reference.registry(), settings.trust());
    }

    /** A mirror gets its own credentials, never those of the registry behind it. */
    private String credentialName(Reference reference, Endpoint endpoint) {
        return own(reference).contains(endpoint) ? reference.registry() : endpoint.name();
    }
}
