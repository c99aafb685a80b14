package org.berth.runtime.oci.lifecycle;

import java.util.Optional;
import java.util.OptionalInt;
import org.berth.linux.Descriptor;

/** A command that stays with a process: signals go to that one, and its end is the command's. */
final class Foreground {
    private static final int SIGWINCH = 28;
    private static final int FORCED = 255;

    /** How long a terminal's last words may take to be copied. */
    private static final long RELAY_MILLIS = 1_000;

    private final Descriptor process;
    private final SignalPipe signals;
    private final Optional<Terminal> terminal;
    private final Optional<Thread> relay;

    Foreground(Descriptor process, SignalPipe signals, Optional<Terminal> terminal, Optional<Thread> relay) {
        this.process = process;
        this.signals = signals;
        this.terminal = terminal;
        this.relay = relay;
    }

    /** Waits. @return its exit code, or 128 and the signal that ended it */
    int await() {
        OptionalInt ready = Kernel.poll(Long.MAX_VALUE, process, signals.descriptor());
        while (ready.isEmpty() || ready.getAsInt() != 0) {
            for (byte signal : signals.take()) {
                forward(signal);
            }
            ready = Kernel.poll(Long.MAX_VALUE, process, signals.descriptor());
        }
        relay.ifPresent(Foreground::finish);
        return Kernel.reap(process).orElse(FORCED);
    }

    private void forward(int signal) {
        if (signal == SIGWINCH && terminal.isPresent()) {
            terminal.get().copySize();
        } else {
            Kernel.signal(process, signal);
        }
    }

    private static void finish(Thread relay) {
        try {
            relay.join(RELAY_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
