package org.berth.server;

import java.time.Clock;
import java.util.concurrent.CountDownLatch;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.control.Controller;
import org.berth.control.Node;
import org.berth.control.Store;
import org.berth.control.Timing;
import org.berth.engine.Engine;
import org.berth.engine.LocalEngine;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
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
        // containers must not read the daemon's memory or descriptors through /proc (security notes)
        SystemCalls.call("make the daemon unreadable to others", SystemCallNumber.PRCTL, PR_SET_DUMPABLE, 0);
        Instance instance = Instance.fromEnvironment(System.getenv());
        BerthServer server = BerthServer.start(instance, parts());
        CountDownLatch end = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> awaitEnd(end, closed), "end"));
        server.askedToEnd().thenRun(end::countDown);
        Thread.ofVirtual().name("idle memory").start(new IdleMemory());
        LOG.info(
                "ready on {} (version {}, process {})",
                instance.socket(),
                Version.text(),
                ProcessHandle.current().pid());
        end.await();
        server.close();
        closed.countDown();
        Runtime.getRuntime().halt(0);
    }

    /** SIGTERM and SIGINT come here: containers run on, and the exit code is 0, for it is what was asked. */
    private static void awaitEnd(CountDownLatch end, CountDownLatch closed) {
        end.countDown();
        try {
            closed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static BerthServer.Parts parts() {
        return new BerthServer.Parts(Main::engine, Main::controller);
    }

    static Controller controller(Instance instance, Node node) {
        Store store =
                Store.open(instance.root().resolve("control.db"), instance.run().resolve("native"));
        return Controller.of(store, node, Clock.systemUTC(), Timing.DEFAULT);
    }

    static Engine engine(Instance instance) {
        InstanceFolders.keepNativesIn(instance); // before any of its libraries is loaded
        return LocalEngine.open(instance, System.getenv());
    }
}
