package org.berth.cli;

/** A failed stream in words: the reason, and the last lines of the service's log. */
final class Failures {
    private Failures() {}

    static void print(Daemon.StreamFailure failure) {
        String log = failure.log();
        if (!log.isBlank()) {
            System.err.println("the last lines of "
                    + (failure.service().isEmpty() ? "the log" : failure.service() + "'s log") + ":");
            log.lines().forEach(line -> System.err.println("  | " + line));
        }
        System.err.println("berth: " + failure.getMessage());
    }
}
