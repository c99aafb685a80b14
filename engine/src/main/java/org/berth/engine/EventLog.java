package org.berth.engine;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The last events, in a ring; whoever subscribed is called in their order. */
final class EventLog implements Events {
    static final int KEPT = 1024;
    /** Not delivered yet: subscribers are quick, so that many are only there when one hangs. */
    static final int PENDING_MAX = 16 * KEPT;

    private static final Logger LOG = LoggerFactory.getLogger(EventLog.class);

    private final Clock clock;
    private final Deque<Event> kept = new ArrayDeque<>(KEPT);
    private final Queue<Event> pending = new LinkedBlockingQueue<>(PENDING_MAX);
    private final AtomicBoolean delivering = new AtomicBoolean();
    private final List<Subscription> subscriptions = new CopyOnWriteArrayList<>();

    EventLog(Clock clock) {
        this.clock = clock;
    }

    /** Not a record: two of one sink are two. */
    private static final class Subscription {
        private final Consumer<Event> sink;

        Subscription(Consumer<Event> sink) {
            this.sink = sink;
        }
    }

    void add(String type, String action, String id, Map<String, String> attributes) {
        synchronized (kept) {
            Event event = new Event(clock.instant(), type, action, id, Map.copyOf(attributes));
            if (kept.size() == KEPT) {
                kept.removeFirst();
            }
            kept.addLast(event);
            if (!pending.offer(event)) {
                LOG.error("{} events wait for a subscriber: {} {} is not delivered", PENDING_MAX, type, action);
            }
        }
        deliver();
    }

    /** An event of a container, with its name, image and labels. */
    void add(LiveContainer container, String action, Map<String, String> more) {
        ContainerRecord record = container.record();
        Map<String, String> attributes = new HashMap<>(record.request().labels());
        attributes.put("name", record.name());
        attributes.put("image", record.request().image());
        attributes.putAll(more);
        add("container", action, record.id(), attributes);
    }

    /** By one thread at a time, which holds no lock: a subscriber may wait for one that a sender has. */
    private void deliver() {
        while (!pending.isEmpty() && delivering.compareAndSet(false, true)) {
            try {
                for (Event event = pending.poll(); event != null; event = pending.poll()) {
                    for (Subscription subscription : subscriptions) {
                        deliver(subscription, event);
                    }
                }
            } finally {
                delivering.set(false);
            }
        }
    }

    @Override
    public AutoCloseable subscribe(Consumer<Event> sink) {
        Subscription subscription = new Subscription(sink);
        subscriptions.add(subscription);
        return () -> subscriptions.remove(subscription);
    }

    @Override
    public List<Event> since(Instant instant) {
        synchronized (kept) {
            return kept.stream()
                    .filter(event -> !event.time().isBefore(instant))
                    .toList();
        }
    }

    private static void deliver(Subscription subscription, Event event) {
        try {
            subscription.sink.accept(event);
        } catch (RuntimeException e) {
            LOG.warn("a subscriber of events failed at {} {}", event.type(), event.action(), e);
        }
    }
}
