package org.berth.image.registry;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Answers a registry's challenges: basic, or a bearer token fetched from the token server that the challenge names
 * (distribution's token authentication; RFC 6749 for identity tokens). A token is kept until it is refused.
 */
final class Authorizer {
    private static final String CLIENT_ID = "berth";

    private final Transport transport;
    private final CredentialSource credentials;
    private final Map<String, String> headers = new ConcurrentHashMap<>();

    Authorizer(Transport transport, CredentialSource credentials) {
        this.transport = transport;
        this.credentials = credentials;
    }

    /** The header that worked last, to begin with. */
    Optional<String> known(Endpoint endpoint, String scope) {
        return Optional.ofNullable(headers.get(key(endpoint, scope)));
    }

    /**
     * The Authorization header that answers a refusal.
     *
     * @param registry whose credentials are used
     * @param scope what is to be done: "repository:app:pull", several separated by blanks; "" for nothing but to be known
     * @throws BerthException UNAUTHORIZED when there is none
     */
    String answer(String action, Endpoint endpoint, String registry, String scope, HttpResponse<?> refusal) {
        List<Challenge> challenges = Challenge.parse(refusal.headers().allValues("WWW-Authenticate"));
        Optional<Credentials> own = credentials.find(registry);
        Optional<Challenge> bearer =
                challenges.stream().filter(c -> c.scheme().equals("bearer")).findFirst();
        boolean basic = challenges.stream().anyMatch(c -> c.scheme().equals("basic"));
        String header;
        if (bearer.isPresent()) {
            header = "Bearer " + token(action, endpoint, bearer.get(), scope, own);
        } else if (basic && own.isPresent()) {
            header = own.get().basic();
        } else {
            throw new BerthException(ErrorCode.UNAUTHORIZED, action + ": " + endpoint.name() + wants(registry));
        }
        headers.put(key(endpoint, scope), header);
        return header;
    }

    private static String wants(String registry) {
        return " wants a login, and there are no credentials for " + registry + "; use berth login or docker login";
    }

    private String token(
            String action, Endpoint endpoint, Challenge challenge, String scope, Optional<Credentials> own) {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("service", challenge.parameter("service"));
        parameters.put("scope", scopes(challenge.parameter("scope"), scope));
        URI realm = realm(action, endpoint, challenge.parameter("realm"), own.isPresent());
        HttpRequest request = request(realm, parameters, own);
        try {
            HttpResponse<byte[]> response = transport.small(request);
            if (response.statusCode() != 200) {
                throw RegistryErrors.of(action, "the token server " + realm.getHost(), response, response.body());
            }
            JsonNode answer = Json.MAPPER.readTree(response.body());
            String token =
                    answer.path("token").asString(answer.path("access_token").asString(""));
            if (token.isEmpty() || token.chars().anyMatch(c -> c <= ' ' || c > '~')) {
                throw new BerthException(
                        ErrorCode.UNAUTHORIZED, action + ": the token server " + realm.getHost() + " gave no token");
            }
            return token;
        } catch (IOException e) {
            throw Transport.failure(action, realm.getHost(), e);
        } catch (JacksonException e) {
            throw new BerthException(
                    ErrorCode.UNAUTHORIZED,
                    action + ": the token server " + realm.getHost() + " did not answer in JSON");
        }
    }

    /** What the server asks for, and what we do besides: the next request may need it. */
    private static String scopes(String asked, String own) {
        return Stream.of((asked + " " + own).split(" "))
                .filter(scope -> !scope.isEmpty())
                .distinct()
                .collect(Collectors.joining(" "));
    }

    private static HttpRequest request(URI realm, Map<String, String> parameters, Optional<Credentials> own) {
        if (own.isPresent() && !own.get().identityToken().isEmpty()) {
            Map<String, String> form = new LinkedHashMap<>(parameters);
            form.put("grant_type", "refresh_token");
            form.put("client_id", CLIENT_ID);
            form.put("refresh_token", own.get().identityToken());
            return Transport.request(realm)
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(HttpRequest.BodyPublishers.ofString(encode(form)))
                    .build();
        }
        String separator = realm.getRawQuery() == null ? "?" : "&";
        HttpRequest.Builder request = Transport.request(URI.create(realm + separator + query(parameters)));
        own.ifPresent(credentials -> request.header("Authorization", credentials.basic()));
        return request.GET().build();
    }

    /** A password goes through TLS, or stays on this machine. */
    private static URI realm(String action, Endpoint endpoint, String text, boolean secret) {
        URI realm;
        try {
            realm = URI.create(text);
        } catch (IllegalArgumentException e) {
            throw badRealm(action, endpoint, text);
        }
        boolean http = "http".equals(realm.getScheme()) && realm.getHost() != null;
        boolean https = "https".equals(realm.getScheme()) && realm.getHost() != null;
        if (https || (http && (!secret || Endpoint.isLoopback(realm.getHost())))) {
            return realm;
        }
        throw badRealm(action, endpoint, text);
    }

    private static BerthException badRealm(String action, Endpoint endpoint, String text) {
        return new BerthException(
                ErrorCode.UNAUTHORIZED,
                action + ": " + endpoint.name() + " names the token server \"" + text
                        + "\", expected an https address");
    }

    /** As for a form, but with each scope as a parameter of its own. */
    private static String query(Map<String, String> parameters) {
        return parameters.entrySet().stream()
                .flatMap(entry -> Stream.of(
                                entry.getKey().equals("scope")
                                        ? entry.getValue().split(" ")
                                        : new String[] {entry.getValue()})
                        .filter(value -> !value.isEmpty())
                        .map(value -> encode(entry.getKey(), value)))
                .collect(Collectors.joining("&"));
    }

    private static String encode(Map<String, String> parameters) {
        return parameters.entrySet().stream()
                .filter(entry -> !entry.getValue().isEmpty())
                .map(entry -> encode(entry.getKey(), entry.getValue()))
                .collect(Collectors.joining("&"));
    }

    private static String encode(String key, String value) {
        return key + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    private static String key(Endpoint endpoint, String scope) {
        return endpoint.base() + " " + scope;
    }
}
