package org.berth.server.registry;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.image.catalog.ServedRepositories;
import org.berth.server.http.Exchange;
import org.berth.server.http.Routes;
import org.berth.server.http.SocketServer;
import org.berth.server.registry.RegistryFault.Code;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The distribution-spec's endpoints, and its way of saying no. */
public final class RegistryApi implements SocketServer.Application, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RegistryApi.class);

    private final Routes routes = new Routes();
    private final PushAccess access;
    private final UploadHandlers uploads;

    /** @param access who may change anything */
    public RegistryApi(ServedRepositories repositories, PushAccess access) {
        this.access = access;
        this.uploads = new UploadHandlers(repositories);
        routes.add("GET", "/v2/", RegistryApi::support).add("GET", "/v2", RegistryApi::support);
        new ListingHandlers(repositories).register(routes);
        uploads.register(routes);
        new BlobHandlers(repositories).register(routes);
        new ManifestHandlers(repositories).register(routes);
    }

    private static void support(Exchange exchange) {
        exchange.json(200, Map.of());
    }

    @Override
    public void handle(Exchange exchange) {
        exchange.with("Docker-Distribution-Api-Version", "registry/2.0");
        try {
            dispatch(exchange);
        } catch (RegistryFault e) {
            refuse(exchange, e);
        } catch (BerthException e) {
            refuse(exchange, fault(e));
        } catch (Exception | Error e) {
            LOG.warn("{} {}", exchange.method(), exchange.rawPath(), e);
            refuse(exchange, new RegistryFault(500, Code.UNKNOWN, "a fault of the registry's own; its log says more"));
        }
    }

    private void dispatch(Exchange exchange) throws Exception {
        boolean reads = exchange.method().equals("GET") || exchange.method().equals("HEAD");
        if (!reads || exchange.header("Authorization").isPresent()) {
            access.check(exchange, !reads);
        }
        Optional<Routes.Match> match = routes.find(exchange.method(), exchange.rawPath());
        if (match.isEmpty()) {
            boolean known = List.of("GET", "PUT", "POST", "PATCH", "DELETE").stream()
                    .anyMatch(method -> routes.find(method, exchange.rawPath()).isPresent());
            throw known
                    ? new RegistryFault(405, Code.UNSUPPORTED, exchange.method() + " is not possible here")
                    : new RegistryFault(404, Code.UNSUPPORTED, "the registry has no such endpoint");
        }
        exchange.setParameters(match.get().parameters());
        match.get().handler().handle(exchange);
    }

    private static RegistryFault fault(BerthException e) {
        String message = String.valueOf(e.getMessage());
        return switch (e.code()) {
            case NOT_FOUND -> new RegistryFault(404, Code.BLOB_UNKNOWN, message);
            case INVALID, UNSUPPORTED -> new RegistryFault(400, Code.UNSUPPORTED, message);
            case EXHAUSTED -> new RegistryFault(ErrorCode.EXHAUSTED.httpStatus(), Code.DENIED, message);
            default -> new RegistryFault(500, Code.UNKNOWN, message);
        };
    }

    private static void refuse(Exchange exchange, RegistryFault fault) {
        if (exchange.answered()) {
            LOG.debug("{} {} broke off", exchange.method(), exchange.rawPath(), fault);
            return;
        }
        exchange.skipBody(); // a client that still sends would not see the answer
        exchange.json(
                fault.status(),
                Map.of(
                        "errors",
                        List.of(Map.of("code", fault.code().name(), "message", String.valueOf(fault.getMessage())))));
    }

    /** Lets go of uploads that have not come to their end. */
    @Override
    public void close() {
        uploads.close();
    }
}
