package org.berth.server;

import java.io.IOException;
import java.nio.file.Files;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.Function;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.engine.Engine;
import org.berth.server.docker.DockerApi;
import org.berth.server.http.Api;
import org.berth.server.http.Routes;
import org.berth.server.http.SocketServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running daemon: the instance's lock, its engine and its socket. Closing it lets go of all three
 * and touches nothing that runs.
 */
public final class BerthServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BerthServer.class);

    private final Instance instance;
    private final InstanceLock lock;
    private final Engine engine;
    private final SocketServer socket;

    private BerthServer(Instance instance, InstanceLock lock, Engine engine, SocketServer socket) {
        this.instance = instance;
        this.lock = lock;
        this.engine = engine;
        this.socket = socket;
    }

    /**
     * Starts the daemon: folders, lock, engine with what it finds running, then the socket, so that
     * who can connect is answered.
     *
     * @param engines makes the instance's engine, once the lock is held
     */
    public static BerthServer start(Instance instance, Function<Instance, Engine> engines) {
        requireMachine(System.getProperty("os.arch"));
        InstanceFolders.prepare(instance);
        InstanceLock lock = InstanceLock.take(instance);
        Engine engine = null;
        try {
            engine = engines.apply(instance);
            engine.restore();
            Routes routes = new Routes();
            DockerApi.register(routes, instance, engine, Version.text(), InstantSource.system());
            SocketServer socket = SocketServer.listen(instance.socket(), new Api(routes, headers()));
            return new BerthServer(instance, lock, engine, socket);
        } catch (RuntimeException e) {
            if (engine != null) {
                engine.close();
            }
            lock.close();
            throw e;
        }
    }

    private static Map<String, String> headers() {
        return Map.of(
                "Api-Version",
                Api.VERSION,
                "Docker-Experimental",
                "false",
                "Ostype",
                "linux",
                "Server",
                "Berth/" + Version.text() + " (linux)");
    }

    /** System call numbers and machine code are x86-64's. */
    static void requireMachine(String architecture) {
        if (!architecture.equals("amd64") && !architecture.equals("x86_64")) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED, "this machine is " + architecture + ": Berth runs on x86-64 only, for now");
        }
    }

    /** The engine it serves. */
    public Engine engine() {
        return engine;
    }

    @Override
    public void close() {
        try {
            socket.close();
            Files.deleteIfExists(instance.socket());
        } catch (IOException e) {
            LOG.warn("closing the socket", e);
        }
        engine.close();
        lock.close();
    }
}
