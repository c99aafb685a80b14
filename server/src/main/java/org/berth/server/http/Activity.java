package org.berth.server.http;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Knows when requests are carried out: work that nobody waits for belongs between them. */
public final class Activity implements SocketServer.Application {
    private final SocketServer.Application application;
    private final LongSupplier clock;
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicLong ended;

    /** @param clock nanoseconds, from any start */
    public Activity(SocketServer.Application application, LongSupplier clock) {
        this.application = application;
        this.clock = clock;
        this.ended = new AtomicLong(clock.getAsLong());
    }

    @Override
    public void handle(Exchange exchange) {
        running.incrementAndGet();
        try {
            application.handle(exchange);
        } finally {
            ended.set(clock.getAsLong());
            running.decrementAndGet();
        }
    }

    /** Whether there is a request now. */
    boolean busy() {
        return running.get() > 0;
    }

    /** For how many nanoseconds there was no request; 0 while there is one. */
    public long quietNanos() {
        return busy() ? 0 : clock.getAsLong() - ended.get();
    }
}
