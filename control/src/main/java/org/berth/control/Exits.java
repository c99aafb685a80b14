package org.berth.control;

/** How a task ended, in words that follow its name. */
final class Exits {
    private static final int SIGNALLED = 128;

    private Exits() {}

    /** @param unhealthy whether it was stopped because its health check failed */
    static String words(ObservedTask.Exit exit, boolean unhealthy) {
        if (unhealthy) {
            return "was stopped because its health check failed";
        }
        if (exit.interrupted()) {
            return "ended with the node";
        }
        if (exit.outOfMemory()) {
            return "was killed for lack of memory: raise its mem_limit";
        }
        return exit.code() > SIGNALLED
                ? "was ended by signal " + (exit.code() - SIGNALLED)
                : "exited with code " + exit.code();
    }
}
