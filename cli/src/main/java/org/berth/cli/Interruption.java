package org.berth.cli;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What a command says when Ctrl-C ends it: whether work in the daemon goes on, a person should know. A
 * shutdown hook and not a signal handler, which has no supported interface.
 */
final class Interruption {
    private static final AtomicReference<String> MESSAGE = new AtomicReference<>("");

    private static final AtomicReference<Optional<View>> SHOWN = new AtomicReference<>(Optional.empty());

    private static final AtomicBoolean HOOKED = new AtomicBoolean();

    private Interruption() {}

    /** From now until {@link #done} or another message, being ended says {@code message}. */
    static void says(String message) {
        MESSAGE.set(message);
        if (!HOOKED.getAndSet(true)) {
            Runtime.getRuntime().addShutdownHook(new Thread(Interruption::speak));
        }
    }

    /** The same; the view leaves the terminal first. */
    static void says(String message, View view) {
        SHOWN.set(Optional.of(view));
        says(message);
    }

    private static void speak() {
        String message = String.valueOf(MESSAGE.get());
        if (!message.isEmpty()) {
            SHOWN.getAndSet(Optional.empty()).ifPresent(View::close);
            System.err.println(System.lineSeparator() + message);
        }
    }

    static void done() {
        MESSAGE.set("");
        SHOWN.set(Optional.empty());
    }
}
