package org.berth.builder;

/** Work that must be done though its thread was told to end: what was started is cleaned up. */
final class Uninterrupted {
    private Uninterrupted() {}

    /** Runs the work; the thread is as interrupted afterwards as it was before. */
    static void run(Runnable work) {
        boolean interrupted = Thread.interrupted();
        try {
            work.run();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
