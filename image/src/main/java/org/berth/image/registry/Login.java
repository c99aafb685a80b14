package org.berth.image.registry;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/** Whether a server is a registry, and takes our credentials (distribution-spec, "Determining Support"). */
final class Login {
    private Login() {}

    /** Sees whether the server answers at all, whatever it says. */
    static void reach(String action, Transport transport, Endpoint endpoint) {
        try {
            Transport.beginning(ask(transport, endpoint, ""));
        } catch (IOException e) {
            throw Transport.failure(action, endpoint.name(), e);
        }
    }

    /** @throws BerthException UNAUTHORIZED when the server refuses the credentials */
    static void check(String action, Transport transport, Endpoint endpoint, String registry, Credentials credentials) {
        Authorizer authorizer = new Authorizer(transport, asked -> java.util.Optional.of(credentials));
        try {
            HttpResponse<InputStream> response = ask(transport, endpoint, "");
            byte[] said = Transport.beginning(response);
            if (response.statusCode() == 401) {
                response = ask(transport, endpoint, authorizer.answer(action, endpoint, registry, "", response));
                said = Transport.beginning(response);
            } else if (response.statusCode() == 200 && !credentials.user().isEmpty()) {
                // anybody may look; whether these credentials open more, it says when they are shown
                response = ask(transport, endpoint, credentials.basic());
                said = Transport.beginning(response);
            }
            if (response.statusCode() == 404) {
                throw new BerthException(ErrorCode.NOT_FOUND, action + ": " + endpoint.name() + " is no registry");
            }
            if (response.statusCode() != 200) {
                throw RegistryErrors.of(action, endpoint.name(), response, said);
            }
        } catch (IOException e) {
            throw Transport.failure(action, endpoint.name(), e);
        }
    }

    private static HttpResponse<InputStream> ask(Transport transport, Endpoint endpoint, String authorization)
            throws IOException {
        var request = Transport.request(endpoint.at("/v2/")).GET();
        if (!authorization.isEmpty()) {
            request.header("Authorization", authorization);
        }
        return transport.send(request.build());
    }
}
