package org.berth.server;

import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.control.Controller;
import org.berth.control.Store;
import org.berth.control.Timing;
import org.berth.engine.LocalEngine;
import org.berth.linux.OwnUserNamespace;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.linux.netlink.RouteSocket;
import org.berth.linux.rootless.Rootless;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The daemon's program: {@code berth server}, in the foreground until it gets SIGTERM or SIGINT. */
public final class Main {
    private static final Logger LOG = LoggerFactory.getLogger(Main.class);

    /** prctl(2): whether others may read this process's memory and descriptors. */
    private static final int PR_SET_DUMPABLE = 4;

    private Main() {}

    /** @param arguments none but {@code --warm-up}, which serves a few requests in folders of its own and ends */
    public static void main(String... arguments) {
        try {
            run(arguments);
        } catch (BerthException e) {
            System.err.println("berth server: " + e.getMessage());
            System.exit(e.code().exitCode());
        } catch (Exception | Error e) {
            LOG.error("the daemon can't start", e);
            System.exit(ErrorCode.INTERNAL.exitCode());
        }
    }

    private static void run(String... arguments) throws Exception {
        if (arguments.length == 1 && arguments[0].equals("--warm-up")) {
            WarmUp.run(parts());
            System.exit(0);
        }
        if (arguments.length > 0) {
            throw new BerthException(ErrorCode.INVALID, "unknown argument " + arguments[0] + ": berth server has none");
        }
        Instance instance = Instance.fromEnvironment(System.getenv());
        if (Rootless.isOrdinary()) {
            InstanceFolders.prepare(instance);
            Rootless.enter(instance, System.getenv(), LOG::warn);
        }
        // containers must not read the daemon's memory or descriptors through /proc (security notes)
        SystemCalls.call("make the daemon unreadable to others", SystemCallNumber.PRCTL, PR_SET_DUMPABLE, 0);
        if (!OwnUserNamespace.isMachines()) {
            RouteSocket.switchOnLoopback();
        }
        CountDownLatch end = new CountDownLatch(1);
        CountDownLatch failed = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> awaitEnd(end, failed), "end"));
        BerthServer server = start(instance, failed);
        server.askedToEnd().thenRun(end::countDown);
        IdleMemory.watch(server.timer());
        LOG.info(
                "ready on {} (version {}, process {})",
                instance.socket(),
                Version.text(),
                ProcessHandle.current().pid());
        try (QuietWork rehearsing =
                QuietWork.begin(server.activity(), instance.run().resolve("rehearsal"), partsBeside(instance))) {
            end.await();
        }
        server.close();
        if (!OwnUserNamespace.isMachines()) {
            Rootless.leave(instance);
        }
        Runtime.getRuntime().halt(0); // while the hook still waits: it is the exit code that counts
    }

    /** Starts the daemon; a signal meanwhile waits for it, unless it fails. */
    private static BerthServer start(Instance instance, CountDownLatch failed) {
        try {
            return BerthServer.start(instance, parts());
        } catch (RuntimeException | Error e) {
            failed.countDown();
            throw e;
        }
    }

    /** SIGTERM and SIGINT come here: containers run on, and the exit code is 0, for it is what was asked. */
    private static void awaitEnd(CountDownLatch end, CountDownLatch failed) {
        end.countDown();
        try {
            failed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The engine and the store of control are opened at the same time. */
    static BerthServer.Parts parts() {
        CompletableFuture<Store> store = new CompletableFuture<>();
        return new BerthServer.Parts(
                instance -> {
                    InstanceFolders.keepNativesIn(instance); // before any of its libraries is loaded
                    BerthServer.beside(() -> store(instance, instance)).whenComplete((opened, failure) -> {
                        if (failure == null) {
                            store.complete(opened);
                        } else {
                            store.completeExceptionally(failure);
                        }
                    });
                    return LocalEngine.open(instance, System.getenv());
                },
                (instance, node) -> Controller.of(BerthServer.result(store), node, Clock.systemUTC(), Timing.DEFAULT));
    }

    /** Those of a rehearsal beside the daemon, whose libraries it uses. */
    static BerthServer.Parts partsBeside(Instance daemon) {
        return new BerthServer.Parts(
                instance -> LocalEngine.open(instance, System.getenv()),
                (instance, node) -> Controller.of(store(instance, daemon), node, Clock.systemUTC(), Timing.DEFAULT));
    }

    private static Store store(Instance instance, Instance libraries) {
        return Store.open(instance.root().resolve("control.db"), libraries.run().resolve("native"));
    }
}
