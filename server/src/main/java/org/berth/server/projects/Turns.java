package org.berth.server.projects;

import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** Work on one project at a time; nothing is kept of a project that nobody works on. */
final class Turns {
    /** What is said to who waits. */
    static final String WAITING = "another request for this project is being prepared: waiting for its end";

    private final Map<String, Turn> turns = new ConcurrentHashMap<>();

    /** @param users who works or waits */
    private record Turn(ReentrantLock lock, int users) {
        Turn withUsers(int number) {
            return new Turn(lock, number);
        }
    }

    /**
     * Does the work once no other of the same project is done.
     *
     * @param waiting called first where that takes a while
     * @throws InterruptedException when interrupted while it waits
     */
    <T> T alone(String project, Runnable waiting, Callable<T> work) throws Exception {
        ReentrantLock lock = turns.compute(
                        project,
                        (name, turn) ->
                                turn == null ? new Turn(new ReentrantLock(), 1) : turn.withUsers(turn.users() + 1))
                .lock();
        try {
            if (!lock.tryLock()) {
                waiting.run();
                lock.lockInterruptibly();
            }
            try {
                return work.call();
            } finally {
                lock.unlock();
            }
        } finally {
            turns.computeIfPresent(
                    project, (name, turn) -> turn.users() == 1 ? null : turn.withUsers(turn.users() - 1));
        }
    }

    /** How many projects are worked on. */
    int size() {
        return turns.size();
    }
}
