package org.berth.image.registry;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** What a registry's refusals mean (distribution-spec, "Error Codes"). */
final class RegistryErrors {
    private static final int MESSAGE_CHARACTERS_MAX = 300;
    private static final int ERRORS_MAX = 5;

    private RegistryErrors() {}

    /** The error for an answer that isn't the wanted one. */
    static BerthException of(String action, String registry, HttpResponse<?> response, byte[] body) {
        int status = response.statusCode();
        String said = said(body);
        String detail = said.isEmpty() ? "" : ": " + said;
        return switch (status) {
            case 401, 403 ->
                new BerthException(
                        ErrorCode.UNAUTHORIZED, action + ": " + registry + " refuses access (" + status + ")" + detail);
            case 404 ->
                new BerthException(ErrorCode.NOT_FOUND, action + ": " + registry + " has no such thing" + detail);
            case 429 ->
                new BerthException(
                        ErrorCode.EXHAUSTED,
                        action + ": " + registry + " has had too many requests from here (429)" + detail
                                + retryAfter(response));
            default ->
                new BerthException(
                        status >= 500 ? ErrorCode.UNAVAILABLE : ErrorCode.FAILED,
                        action + ": " + registry + " answered " + status + detail);
        };
    }

    private static String retryAfter(HttpResponse<?> response) {
        return response.headers()
                .firstValue("Retry-After")
                .filter(value -> value.matches("[0-9]{1,9}"))
                .map(value -> "; try again in " + value + " s, or log in")
                .orElse("; try again later, or log in");
    }

    /** The registry's own words, made one harmless line. */
    private static String said(byte[] body) {
        List<String> words = new ArrayList<>();
        try {
            JsonNode errors = Json.MAPPER.readTree(body).path("errors");
            for (int i = 0; i < Math.min(errors.size(), ERRORS_MAX); i++) {
                JsonNode error = errors.get(i);
                words.add((error.path("code").asString("") + " "
                                + error.path("message").asString(""))
                        .strip());
            }
        } catch (JacksonException e) {
            words.add(new String(body, StandardCharsets.UTF_8).strip());
        }
        String line = String.join("; ", words).replaceAll("[\\p{Cntrl}\\s]+", " ");
        return line.length() > MESSAGE_CHARACTERS_MAX ? line.substring(0, MESSAGE_CHARACTERS_MAX) + "..." : line;
    }
}
