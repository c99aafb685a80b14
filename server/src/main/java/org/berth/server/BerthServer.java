package org.berth.server;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.builder.Builder;
import org.berth.control.Controller;
import org.berth.control.Node;
import org.berth.engine.Engine;
import org.berth.server.docker.DockerApi;
import org.berth.server.http.Activity;
import org.berth.server.http.Api;
import org.berth.server.http.Routes;
import org.berth.server.http.SocketServer;
import org.berth.server.node.LocalNode;
import org.berth.server.projects.BerthApi;
import org.berth.server.projects.DaemonFacts;
import org.berth.server.registry.RegistryListener;
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
    private final Controller controller;
    private final SocketServer socket;
    private final CompletableFuture<Void> asked;
    private final ScheduledExecutorService timer;
    private final Optional<RegistryListener> registry;
    private final Activity activity;

    private BerthServer(
            Instance instance,
            InstanceLock lock,
            Engine engine,
            Controller controller,
            SocketServer socket,
            CompletableFuture<Void> asked,
            ScheduledExecutorService timer,
            Optional<RegistryListener> registry,
            Activity activity) {
        this.instance = instance;
        this.lock = lock;
        this.engine = engine;
        this.controller = controller;
        this.socket = socket;
        this.asked = asked;
        this.timer = timer;
        this.registry = registry;
        this.activity = activity;
    }

    /** How the parts below are made, once the instance's lock is held. */
    public record Parts(Function<Instance, Engine> engine, BiFunction<Instance, Node, Controller> controller) {}

    /**
     * Starts the daemon: folders, lock, engine with what it finds running, projects. The socket is
     * made at the same time, for that takes a while, too; who connects early waits until all is ready.
     */
    public static BerthServer start(Instance instance, Parts parts) {
        requireMachine(System.getProperty("os.arch"));
        InstanceFolders.prepare(instance);
        Deque<AutoCloseable> open = new ArrayDeque<>();
        CompletableFuture<Api> ready = new CompletableFuture<>();
        try {
            InstanceLock lock = InstanceLock.take(instance);
            open.push(lock);
            Activity activity = new Activity(exchange -> ready.join().handle(exchange), System::nanoTime);
            CompletableFuture<SocketServer> listening = beside(() -> SocketServer.listen(instance.socket(), activity));
            open.push(() -> listening.thenAccept(BerthServer::close).join());
            Instant began = Instant.now();
            Engine engine = parts.engine().apply(instance);
            open.push(engine);
            engine.restore();
            LocalNode node = new LocalNode(engine, began, Instant.now());
            Controller controller = parts.controller().apply(instance, node);
            open.push(controller);
            controller.start();
            CompletableFuture<Void> asked = new CompletableFuture<>();
            SocketServer socket = result(listening);
            ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
                    Thread.ofVirtual().name("timer").factory());
            open.push(timer::shutdownNow);
            Optional<RegistryListener> registry =
                    RegistryListener.fromEnvironment(System.getenv(), engine.images()::served);
            registry.ifPresent(open::push);
            ready.complete(new Api(routes(instance, engine, controller, node, began, asked, timer), headers()));
            return new BerthServer(instance, lock, engine, controller, socket, asked, timer, registry, activity);
        } catch (RuntimeException e) {
            ready.completeExceptionally(e);
            open.forEach(BerthServer::close);
            throw e;
        }
    }

    /** Work on a thread of its own. */
    static <T> CompletableFuture<T> beside(Supplier<T> work) {
        return CompletableFuture.supplyAsync(work, task -> Thread.ofVirtual().start(task));
    }

    /** The result of such work, or its own failure. */
    static <T> T result(CompletableFuture<T> work) {
        try {
            return work.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw e;
        }
    }

    private static Routes routes(
            Instance instance,
            Engine engine,
            Controller controller,
            LocalNode node,
            Instant began,
            CompletableFuture<Void> asked,
            ScheduledExecutorService timer) {
        Routes routes = new Routes();
        DockerApi.register(routes, instance, engine, Version.text(), InstantSource.system(), timer);
        DaemonFacts facts =
                new DaemonFacts(Version.text(), ProcessHandle.current().pid(), began);
        Builder builder = new Builder(instance, engine, System.getenv());
        builder.recover();
        DockerApi.registerBuild(routes, instance, builder);
        BerthApi.register(routes, instance, engine, builder, controller, node, facts, () -> asked.complete(null));
        return routes;
    }

    /** Completes when a client has asked for the daemon's end. */
    public CompletableFuture<Void> askedToEnd() {
        return asked;
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

    /** For what is to happen later, or again and again; it ends with the server. */
    ScheduledExecutorService timer() {
        return timer;
    }

    /** When it carries out requests. */
    Activity activity() {
        return activity;
    }

    /** The engine it serves. */
    public Engine engine() {
        return engine;
    }

    @Override
    public void close() {
        close(socket);
        try {
            Files.deleteIfExists(instance.socket());
        } catch (IOException e) {
            LOG.warn("removing the socket", e);
        }
        timer.shutdownNow();
        registry.ifPresent(BerthServer::close);
        close(controller);
        close(engine);
        close(lock);
    }

    private static void close(AutoCloseable part) {
        try {
            part.close();
        } catch (Exception e) {
            LOG.warn("closing {}", part, e);
        }
    }
}
