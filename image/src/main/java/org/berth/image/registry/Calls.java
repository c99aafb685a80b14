package org.berth.image.registry;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/** What is asked of one repository on one server: authorized, and asked again when the server is too busy. */
final class Calls {
    private static final InstantSource CLOCK = InstantSource.system();

    private final Transport transport;
    private final Authorizer authorizer;
    private final Endpoint endpoint;
    private final String registry;
    private final String name;
    private final RegistrySettings settings;

    /**
     * @param registry whose credentials are used
     * @param name the repository's
     */
    Calls(
            Transport transport,
            Authorizer authorizer,
            Endpoint endpoint,
            String registry,
            String name,
            RegistrySettings settings) {
        this.transport = transport;
        this.authorizer = authorizer;
        this.endpoint = endpoint;
        this.registry = registry;
        this.name = name;
        this.settings = settings;
    }

    Endpoint endpoint() {
        return endpoint;
    }

    String name() {
        return name;
    }

    Duration stallMax() {
        return settings.stallMax();
    }

    Ranges ranges() {
        return settings.ranges();
    }

    Backoff backoff() {
        return settings.backoff();
    }

    String server() {
        return endpoint.name();
    }

    /** A request for something in the repository: "/manifests/1". */
    HttpRequest.Builder request(String path) {
        return Transport.request(endpoint.at("/v2/" + name + path));
    }

    /**
     * Sends a request whose body, if it has one, can be sent again.
     *
     * @param accepted the statuses that are answers; any other is the error that it means
     */
    HttpResponse<InputStream> send(String action, Access access, HttpRequest.Builder request, Set<Integer> accepted)
            throws IOException {
        return send(action, access.scope(name), request, accepted);
    }

    /** As above, for a scope of one's own. */
    HttpResponse<InputStream> send(String action, String scope, HttpRequest.Builder request, Set<Integer> accepted)
            throws IOException {
        for (int made = 1; true; made++) {
            HttpResponse<InputStream> response = authorized(action, scope, request);
            if (accepted.contains(response.statusCode())) {
                return response;
            }
            byte[] said = Transport.beginning(response);
            Optional<Duration> pause = settings.backoff().after(made, response, CLOCK);
            if (pause.isEmpty()) {
                throw RegistryErrors.of(action, server(), response, said);
            }
            pause(action, pause.get());
        }
    }

    /** Sends a long body, once. */
    HttpResponse<InputStream> upload(HttpRequest.Builder request, Upload.Body body) throws IOException {
        return transport.upload(with(request, authorizer.known(endpoint, Access.PUSH.scope(name))), body::sent);
    }

    /** Gets a new authorization for uploads where the one in use has run out. */
    void renew(String action, HttpResponse<?> refusal) {
        String ignored = authorizer.answer(action, endpoint, registry, Access.PUSH.scope(name), refusal);
    }

    /** Waits before something is tried again. */
    void pause(String action, Duration length) {
        try {
            settings.backoff().pause().make(length);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BerthException(ErrorCode.UNAVAILABLE, action + ": interrupted", e);
        }
    }

    /** Sends with the authorization that is known, and once more with a new one when that is refused. */
    private HttpResponse<InputStream> authorized(String action, String scope, HttpRequest.Builder request)
            throws IOException {
        HttpResponse<InputStream> response = transport.send(with(request, authorizer.known(endpoint, scope)));
        if (response.statusCode() != 401) {
            return response;
        }
        byte[] first = Transport.beginning(response);
        if (response.headers().allValues("WWW-Authenticate").isEmpty()) {
            throw RegistryErrors.of(action, server(), response, first);
        }
        String answer = authorizer.answer(action, endpoint, registry, scope, response);
        return transport.send(with(request, Optional.of(answer)));
    }

    private static HttpRequest with(HttpRequest.Builder request, Optional<String> authorization) {
        HttpRequest.Builder copy = request.copy();
        authorization.ifPresent(value -> copy.setHeader("Authorization", value));
        return copy.build();
    }
}
