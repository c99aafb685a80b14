package org.berth.cli;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What a command says when Ctrl-C ends it: work in the daemon goes on, and a person should know. A
 * shutdown hook and not a signal handler, which has no supported interface.
 */
final class Interruption {
    private static final AtomicReference<Optional<String>> MESSAGE = new AtomicReference<>(Optional.empty());

    private Interruption() {}

    /** From now until {@link #done}, being ended says {@code message}. */
    static void says(String message) {
        if (MESSAGE.getAndSet(Optional.of(message)).isEmpty()) {
            Runtime.getRuntime()
                    .addShutdownHook(new Thread(
                            () -> MESSAGE.get().ifPresent(text -> System.err.println(System.lineSeparator() + text))));
        }
    }

    static void done() {
        MESSAGE.set(Optional.empty());
    }
}
