package org.berth.control;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the reconciler decides at one look: what to do now, what to remember, when to look again.
 * Collects while it is being made; actions whose subject is in flight are left for the next look.
 */
final class Plan {
    private final Memory memory;
    private final Timing timing;
    private final Instant now;
    private final List<Action> actions = new ArrayList<>();
    private final List<String> drain = new ArrayList<>();
    private final List<String> unhealthy = new ArrayList<>();
    private Optional<Instant> lookAgain = Optional.empty();
    private boolean gone;

    Plan(Memory memory, Timing timing, Instant now) {
        this.memory = memory;
        this.timing = timing;
        this.now = now;
    }

    /** Has an action done now, or once it may be tried again. */
    void act(Action action) {
        if (memory.inFlight().containsKey(action.key())
                || actions.stream().anyMatch(other -> other.key().equals(action.key()))) {
            return;
        }
        Instant next = memory.nextTry(action.failureKey(), timing);
        if (next.isAfter(now)) {
            lookAgainAt(next);
        } else {
            actions.add(action);
        }
    }

    /** Takes a task out of balance for good: it drains, stops and goes. */
    void drain(View view) {
        drain.add(view.containerId());
    }

    /** Says that a task is stopped because it is unhealthy. */
    void unhealthy(View view) {
        unhealthy.add(view.containerId());
    }

    void lookAgainAt(Instant at) {
        if (lookAgain.isEmpty() || at.isBefore(lookAgain.get())) {
            lookAgain = Optional.of(at);
        }
    }

    /** Says that nothing is left of a project that was taken down. */
    void gone() {
        gone = true;
    }

    List<Action> actions() {
        return actions;
    }

    List<String> drained() {
        return drain;
    }

    List<String> stoppedUnhealthy() {
        return unhealthy;
    }

    Optional<Instant> lookAgain() {
        return lookAgain;
    }

    boolean nothingLeft() {
        return gone;
    }
}
