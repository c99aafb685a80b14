package org.berth.server.http;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The table of routes. A template is a path with parameters: <code>{name}</code> is one segment,
 * <code>{name*}</code> one or more (an image's name has slashes); one such at the most. The first
 * route that fits is taken, so more special ones come first.
 */
public final class Routes {
    private final List<Route> routes = new ArrayList<>();

    /** Carries out one request. */
    @FunctionalInterface
    public interface Handler {
        void handle(Exchange exchange) throws Exception;
    }

    /** Where a request goes, with the parameters of its path. */
    public record Match(Handler handler, Map<String, String> parameters) {}

    private record Route(String method, List<String> template, Handler handler) {}

    /** Adds a route; {@code template} begins with a slash. */
    public Routes add(String method, String template, Handler handler) {
        routes.add(new Route(method, segments(template), handler));
        return this;
    }

    /** Finds the route of a percent-encoded path. */
    public Optional<Match> find(String method, String path) {
        List<String> segments = segments(path);
        for (Route route : routes) {
            if (!route.method().equals(method)) {
                continue;
            }
            Optional<Map<String, String>> parameters = fit(route.template(), segments);
            if (parameters.isPresent()) {
                return Optional.of(new Match(route.handler(), parameters.get()));
            }
        }
        return Optional.empty();
    }

    private static Optional<Map<String, String>> fit(List<String> template, List<String> segments) {
        int surplus = segments.size() - template.size();
        boolean greedy = template.stream().anyMatch(Routes::isGreedy);
        if (surplus < 0 || (surplus > 0 && !greedy)) {
            return Optional.empty();
        }
        Map<String, String> parameters = new HashMap<>();
        int at = 0;
        for (String part : template) {
            int length = isGreedy(part) ? surplus + 1 : 1;
            String text = decode(String.join("/", segments.subList(at, at + length)));
            at += length;
            if (part.startsWith("{")) {
                parameters.put(part.replaceAll("[{}*]", ""), text);
            } else if (!part.equals(text)) {
                return Optional.empty();
            }
        }
        return Optional.of(parameters);
    }

    private static boolean isGreedy(String part) {
        return part.endsWith("*}");
    }

    private static List<String> segments(String path) {
        String inner = path.startsWith("/") ? path.substring(1) : path;
        return List.of(inner.split("/", -1));
    }

    /** A path keeps its plus signs, unlike a form. */
    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
}
