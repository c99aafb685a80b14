package org.berth.engine;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What was made so far and how each of it is taken back, the last first. */
final class Undo {
    private static final Logger LOG = LoggerFactory.getLogger(Undo.class);

    private final Deque<Step> steps = new ArrayDeque<>();

    private record Step(String what, Runnable action) {}

    /** Notes how to take back what was just made. */
    void add(String what, Runnable action) {
        steps.push(new Step(what, action));
    }

    /** Takes back everything; a step that fails does not keep the others. */
    void run() {
        while (!steps.isEmpty()) {
            Step step = steps.pop();
            try {
                step.action().run();
            } catch (RuntimeException e) {
                LOG.warn("could not {}", step.what(), e);
            }
        }
    }
}
