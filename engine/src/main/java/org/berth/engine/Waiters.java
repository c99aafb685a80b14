package org.berth.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.berth.engine.Containers.WaitCondition;
import org.berth.runtime.ExitStatus;

/** Who waits for a container's end or removal. */
final class Waiters {
    private final List<CompletableFuture<ExitStatus>> ends = new ArrayList<>(0);
    private final List<CompletableFuture<ExitStatus>> removals = new ArrayList<>(0);

    synchronized CompletableFuture<ExitStatus> add(WaitCondition condition) {
        CompletableFuture<ExitStatus> waiter = new CompletableFuture<>();
        List<CompletableFuture<ExitStatus>> waiters = condition == WaitCondition.REMOVED ? removals : ends;
        waiters.removeIf(CompletableFuture::isDone);
        waiters.add(waiter);
        return waiter;
    }

    void ended(ExitStatus status) {
        complete(ends, status);
    }

    void removed(ExitStatus last) {
        complete(ends, last);
        complete(removals, last);
    }

    private void complete(List<CompletableFuture<ExitStatus>> waiters, ExitStatus status) {
        List<CompletableFuture<ExitStatus>> due;
        synchronized (this) {
            due = List.copyOf(waiters);
            waiters.clear();
        }
        // outside the lock, and not on this thread: whoever waits may call back
        due.forEach(waiter -> waiter.completeAsync(() -> status, Thread::startVirtualThread));
    }
}
