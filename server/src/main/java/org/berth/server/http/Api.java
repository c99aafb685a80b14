package org.berth.server.http;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries requests out by their routes: strips the version in front of a path, turns errors into
 * replies, answers 501 where there is no route.
 */
public final class Api implements SocketServer.Application {
    /** The newest version of the Docker Engine API that is spoken. */
    public static final String VERSION = "1.48";

    /** The oldest one. */
    public static final String VERSION_MIN = "1.44";

    private static final Logger LOG = LoggerFactory.getLogger(Api.class);
    private static final Pattern VERSIONED = Pattern.compile("/v(\\d{1,3})\\.(\\d{1,4})(/.*)");

    private final Routes routes;
    private final Map<String, String> headers;

    /** @param headers on every reply */
    public Api(Routes routes, Map<String, String> headers) {
        this.routes = routes;
        this.headers = new LinkedHashMap<>(headers);
    }

    @Override
    public void handle(Exchange exchange) {
        headers.forEach(exchange::with);
        try {
            dispatch(exchange);
        } catch (BerthException e) {
            refuse(exchange, e);
        } catch (Exception | Error e) {
            LOG.error("{} {}", exchange.method(), exchange.rawPath(), e);
            refuse(exchange, new BerthException(ErrorCode.INTERNAL, words(e), e));
        }
    }

    private void dispatch(Exchange exchange) throws Exception {
        String path = withoutVersion(exchange.rawPath());
        Optional<Routes.Match> match = routes.find(exchange.method(), path);
        if (match.isEmpty()) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED, exchange.method() + " " + path + " is not implemented by Berth");
        }
        exchange.setParameters(match.get().parameters());
        match.get().handler().handle(exchange);
    }

    /** "/v1.47/info" is "/info"; INVALID for versions that aren't spoken. */
    static String withoutVersion(String path) {
        Matcher matcher = VERSIONED.matcher(path);
        if (!matcher.matches()) {
            return path;
        }
        int major = Integer.parseInt(matcher.group(1));
        int minor = Integer.parseInt(matcher.group(2));
        String version = major + "." + minor;
        if (major > 1 || minor > minorOf(VERSION)) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "client version " + version + " is too new. Maximum supported API version is " + VERSION);
        }
        if (major < 1 || minor < minorOf(VERSION_MIN)) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "client version " + version + " is too old. Minimum supported API version is " + VERSION_MIN
                            + ", please upgrade your client to a newer version");
        }
        return matcher.group(3);
    }

    private static int minorOf(String version) {
        return Integer.parseInt(version.substring(version.indexOf('.') + 1));
    }

    private static void refuse(Exchange exchange, BerthException error) {
        if (exchange.answered()) {
            LOG.debug("{} {} broke off", exchange.method(), exchange.rawPath(), error);
            return;
        }
        if (error.code().band() == ErrorCode.Band.INTERNAL) {
            LOG.warn("{} {}: {}", exchange.method(), exchange.rawPath(), error.getMessage(), error);
        }
        exchange.skipBody(); // a client that still sends would not see the answer
        if (error.code() == ErrorCode.NOT_MODIFIED) {
            exchange.empty(error.code().httpStatus());
        } else {
            exchange.json(error.code().httpStatus(), ErrorBody.of(error));
        }
    }

    private static String words(Throwable e) {
        String message = e.getMessage();
        return message == null || message.isBlank() ? e.getClass().getSimpleName() : message;
    }

    /** An error on the wire; docker's clients read {@code message} only. */
    public record ErrorBody(String message, ErrorCode code, int exitCode) {
        /** The error as it is sent. */
        public static ErrorBody of(BerthException error) {
            return new ErrorBody(
                    String.valueOf(error.getMessage()),
                    error.code(),
                    error.code().exitCode());
        }
    }
}
