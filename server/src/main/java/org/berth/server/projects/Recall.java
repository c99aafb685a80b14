package org.berth.server.projects;

import java.util.concurrent.CancellationException;

/**
 * Whether work can still be called off. Until it is settled it ends with its client: what it has
 * made stays, and nothing else changes. Once settled, it goes on alone.
 */
final class Recall {
    private final Thread worker;
    private boolean recalled;
    private boolean settled;

    /** @param worker does the work, and is interrupted when that is called off */
    Recall(Thread worker) {
        this.worker = worker;
    }

    /** Calls the work off, unless it is settled. */
    synchronized void call() {
        if (!settled && !recalled) {
            recalled = true;
            worker.interrupt();
        }
    }

    /**
     * From here on the work goes on whatever becomes of its client. By the worker only.
     *
     * @throws CancellationException when it was called off before
     */
    synchronized void settle() {
        if (recalled) {
            throw new CancellationException("called off");
        }
        settled = true;
    }

    /** Whether the work was called off in time. */
    synchronized boolean isCalled() {
        return recalled;
    }
}
