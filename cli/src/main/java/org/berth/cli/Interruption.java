package org.berth.cli;

import java.util.concurrent.atomic.AtomicReference;

/**
 * What a command says when Ctrl-C ends it: work in the daemon goes on, and a person should know. A
 * shutdown hook and not a signal handler, which has no supported interface.
 */
final class Interruption {
    private static final AtomicReference<String> MESSAGE = new AtomicReference<>("");

    private Interruption() {}

    /** From now until {@link #done}, being ended says {@code message}. */
    static void says(String message) {
        if (String.valueOf(MESSAGE.getAndSet(message)).isEmpty()) {
            Runtime.getRuntime().addShutdownHook(new Thread(Interruption::speak));
        }
    }

    private static void speak() {
        String message = String.valueOf(MESSAGE.get());
        if (!message.isEmpty()) {
            System.err.println(System.lineSeparator() + message);
        }
    }

    static void done() {
        MESSAGE.set("");
    }
}
