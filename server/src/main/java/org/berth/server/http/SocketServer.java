package org.berth.server.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.unixdomain.server.UnixDomainServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.Invocable;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * Serves HTTP/1.1 on a unix socket, or on a TCP port. A handful of platform threads select and parse; each request is
 * carried out on a virtual thread of its own, which may block.
 */
public final class SocketServer implements AutoCloseable {
    /** Bytes of a socket's path (unix(7): sun_path has 108 with the final zero). */
    private static final int SOCKET_PATH_BYTES_MAX = 107;

    /** Connections that wait to be accepted; fewer fail when many clients come at once. */
    private static final int ACCEPT_QUEUE = 1024;

    private static final int PLATFORM_THREADS_MAX = 8;
    private static final int HEADER_BYTES_MAX = 64 * 1024;

    /** How long a TCP connection may say nothing. */
    private static final Duration TCP_IDLE_MAX = Duration.ofMinutes(2);

    private final Server server;

    private SocketServer(Server server) {
        this.server = server;
    }

    /** What carries requests out, each on its own virtual thread; it answers every one. */
    @FunctionalInterface
    public interface Application {
        void handle(Exchange exchange);
    }

    /**
     * Listens on the socket, in a folder that only its owner may enter: nobody else reaches the
     * socket even before its own mode is set. A stale socket is replaced.
     */
    public static SocketServer listen(Path socket, Application application) {
        if (socket.toString().getBytes(StandardCharsets.UTF_8).length > SOCKET_PATH_BYTES_MAX) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    socket + ": a socket's path has at most " + SOCKET_PATH_BYTES_MAX
                            + " bytes: choose a shorter BERTH_RUN");
        }
        Server server = server(application);
        // no acceptor: the selector accepts too, which saves each connection a change of threads
        UnixDomainServerConnector connector =
                new UnixDomainServerConnector(server, 0, 1, new HttpConnectionFactory(configuration()));
        connector.setUnixDomainPath(socket);
        connector.setAcceptQueueSize(ACCEPT_QUEUE);
        connector.setIdleTimeout(-1);
        server.addConnector(connector);
        try {
            Files.deleteIfExists(socket);
            server.start();
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
        } catch (Exception e) {
            throw new BerthException(ErrorCode.UNAVAILABLE, "listen on " + socket + ": " + e.getMessage(), e);
        }
        return new SocketServer(server);
    }

    /**
     * Listens on a TCP address; port 0 is any that is free.
     *
     * @param tls empty: plain HTTP
     */
    public static SocketServer listen(InetSocketAddress address, Optional<SSLContext> tls, Application application) {
        Server server = server(application);
        ConnectionFactory[] protocols = protocols(tls);
        ServerConnector connector = new ServerConnector(server, 0, 1, protocols);
        connector.setHost(address.getHostString());
        connector.setPort(address.getPort());
        connector.setIdleTimeout(TCP_IDLE_MAX.toMillis());
        server.addConnector(connector);
        try {
            server.start();
        } catch (Exception e) {
            String place = address.getHostString() + ":" + address.getPort();
            Throwable reason = e.getCause() == null ? e : e.getCause();
            throw new BerthException(
                    ErrorCode.UNAVAILABLE,
                    "listen on " + place + ": "
                            + String.valueOf(reason.getMessage()).toLowerCase(Locale.ROOT),
                    e);
        }
        return new SocketServer(server);
    }

    private static ConnectionFactory[] protocols(Optional<SSLContext> tls) {
        HttpConnectionFactory http = new HttpConnectionFactory(configuration());
        if (tls.isEmpty()) {
            return new ConnectionFactory[] {http};
        }
        SslContextFactory.Server secured = new SslContextFactory.Server();
        secured.setSslContext(tls.get());
        return new ConnectionFactory[] {new SslConnectionFactory(secured, http.getProtocol()), http};
    }

    /** The TCP port that is listened on; -1 on a unix socket. */
    public int port() {
        return server.getConnectors()[0] instanceof ServerConnector connector ? connector.getLocalPort() : -1;
    }

    private static Server server(Application application) {
        QueuedThreadPool threads = new QueuedThreadPool(PLATFORM_THREADS_MAX, 2);
        threads.setName("http");
        threads.setReservedThreads(0);
        threads.setDaemon(true);
        Server server = new Server(threads);
        server.setHandler(new Dispatcher(application));
        server.setStopTimeout(0);
        return server;
    }

    private static HttpConfiguration configuration() {
        HttpConfiguration configuration = new HttpConfiguration();
        configuration.setSendServerVersion(false);
        configuration.setRequestHeaderSize(HEADER_BYTES_MAX);
        configuration.setUriCompliance(UriCompliance.UNSAFE); // the path is read by Routes, never as a file's name
        return configuration;
    }

    @Override
    public void close() throws IOException {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IOException("stop listening: " + e.getMessage(), e);
        }
    }

    private static final class Dispatcher extends Handler.Abstract {
        private final Application application;

        Dispatcher(Application application) {
            super(Invocable.InvocationType.NON_BLOCKING);
            this.application = application;
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            Thread.ofVirtual().name("request").start(() -> {
                try {
                    application.handle(new Exchange(request, response, callback));
                } catch (RuntimeException | Error e) {
                    callback.failed(e);
                }
            });
            return true;
        }
    }
}
