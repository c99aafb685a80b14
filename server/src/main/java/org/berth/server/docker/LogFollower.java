package org.berth.server.docker;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.berth.engine.Containers;
import org.berth.engine.Containers.Frame;
import org.berth.engine.Containers.LogQuery;

/**
 * Reads a container's log into a client's stream, and stops when the client goes, also where the
 * container has nothing to say for a long while.
 */
public final class LogFollower {
    private LogFollower() {}

    /** Takes one piece of output. */
    @FunctionalInterface
    public interface Target {
        void write(Frame frame) throws IOException;
    }

    /** Returns at the log's end, or when the client has gone. */
    public static void follow(
            Containers containers, String id, LogQuery query, CompletableFuture<Void> gone, Target target) {
        Thread reader = Thread.currentThread();
        Future<?> watch = query.follow() ? gone.thenRun(reader::interrupt) : CompletableFuture.completedFuture(null);
        try {
            containers.logs(id, query, frame -> !gone.isDone() && taken(target, frame));
        } finally {
            watch.cancel(false);
            boolean ignored = Thread.interrupted(); // ours: the reader's own work is over
        }
    }

    private static boolean taken(Target target, Frame frame) {
        try {
            target.write(frame);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
