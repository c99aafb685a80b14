package org.berth.control;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.berth.compose.Restart;
import org.berth.compose.Service;
import org.berth.compose.UpdatePolicy;

/**
 * One service at one moment: what was asked for beside what there is.
 *
 * @param project the project's name
 * @param wanted how many tasks
 * @param hash of the newest form
 * @param views all tasks of the service
 * @param current those of the newest form that are to stay
 * @param old those of another form, not yet told to go
 * @param leaving those told to go: out of balance, draining, stopping
 */
record Situation(
        String project,
        Service service,
        int wanted,
        String hash,
        boolean singleWriter,
        List<View> views,
        List<View> current,
        List<View> old,
        List<View> leaving,
        Memory memory,
        Timing timing,
        Instant now) {

    static Situation of(
            Desired desired, Service service, String hash, List<View> all, Memory memory, Timing timing, Instant now) {
        List<View> views = all.stream()
                .filter(view -> view.service().equals(service.name()))
                .toList();
        List<View> staying = views.stream()
                .filter(view -> !memory.draining(view.containerId()))
                .toList();
        return new Situation(
                desired.name(),
                service,
                desired.replicas(service),
                hash,
                desired.singleWriter(service),
                views,
                staying.stream().filter(view -> view.hash().equals(hash)).toList(),
                staying.stream().filter(view -> !view.hash().equals(hash)).toList(),
                views.stream()
                        .filter(view -> memory.draining(view.containerId()))
                        .toList(),
                memory,
                timing,
                now);
    }

    boolean startFirst() {
        return service.update().order() == UpdatePolicy.Order.START_FIRST && !singleWriter;
    }

    /** How many tasks are replaced at a time. */
    int parallelism() {
        if (singleWriter) {
            return 1;
        }
        int asked = service.update().parallelism();
        return asked == 0 ? Math.max(1, wanted) : asked;
    }

    /** Whether a task that ended, or is unhealthy, is to be replaced at all. */
    boolean restarts() {
        return switch (service.restart().policy()) {
            case UNSAID, NO -> false;
            case ALWAYS, ON_FAILURE, UNLESS_STOPPED -> true;
        };
    }

    /** Tasks that run and are ready, old ones too, but for those that leave. */
    List<View> ready() {
        return views.stream()
                .filter(view -> view.ready() && !memory.draining(view.containerId()))
                .toList();
    }

    long currentReady() {
        return current.stream().filter(View::ready).count();
    }

    /** From when a new task may stand in for an old one; empty while it may not be ready. */
    Optional<Instant> settledAt(View view) {
        if (!view.ready()) {
            return Optional.empty();
        }
        Instant since = memory.readySince(view.containerId()).orElse(now);
        return Optional.of(view.health() == ObservedTask.Health.NONE ? since.plus(timing.settle()) : since);
    }

    boolean settled(View view) {
        return done(view) || settledAt(view).filter(at -> !at.isAfter(now)).isPresent();
    }

    /** Whether it ended well and is not to run again. */
    boolean done(View view) {
        return ended(view) && view.exit().map(ObservedTask.Exit::code).orElse(-1) == 0;
    }

    /** Whether it ended as it should not and is not to run again. */
    boolean failed(View view) {
        return ended(view) && !done(view);
    }

    /** Whether it is to stay ended. */
    private boolean ended(View view) {
        if (view.phase() != View.Phase.EXITED || interrupted(view) || rerun(view)) {
            return false;
        }
        int code = view.exit().map(ObservedTask.Exit::code).orElse(-1);
        boolean unhealthy = memory.stoppedUnhealthy(view.containerId());
        Restart restart = service.restart();
        return switch (restart.policy()) {
            case ALWAYS, UNLESS_STOPPED -> false;
            case UNSAID, NO -> true;
            case ON_FAILURE ->
                code == 0 && !unhealthy
                        || restart.maximumRetries().isPresent()
                                && failuresInRow(view)
                                        > restart.maximumRetries().getAsInt();
        };
    }

    /** Whether the node went down under it: then it begins again, whatever its policy. */
    static boolean interrupted(View view) {
        return view.exit().map(ObservedTask.Exit::interrupted).orElse(false);
    }

    /** A failure from before the project was last asked for is tried again. */
    private boolean rerun(View view) {
        return view.exit()
                .filter(exit -> exit.code() != 0 && exit.at().isBefore(memory.appliedAt(service.name())))
                .isPresent();
    }

    private int failuresInRow(View view) {
        return memory.failures(Action.taskKey(view.name()))
                .map(Memory.Failures::inRow)
                .orElse(0);
    }

    /** When a task's place may be tried again. */
    Instant nextTry(String task) {
        return memory.nextTry(Action.taskKey(task), timing);
    }

    /** Whether something of the newest form failed and has not come up since. */
    boolean failing() {
        return current.stream().anyMatch(view -> failed(view) || failing(view));
    }

    /** Whether this task's place failed and its task has not become ready since. */
    boolean failing(View view) {
        return !view.ready() && memory.failures(Action.taskKey(view.name())).isPresent();
    }

    /** The numbers of the tasks that should be made now: the lowest free ones. */
    Set<Integer> missing() {
        int most = singleWriter ? 1 : startFirst() ? wanted + parallelism() : wanted;
        int room = most - views.size();
        int count = Math.min(room, wanted - current.size());
        Set<Integer> taken = new HashSet<>();
        views.forEach(view -> taken.add(view.number()));
        Set<Integer> numbers = new TreeSet<>();
        for (int number = 1; numbers.size() < count; number++) {
            if (!taken.contains(number)) {
                numbers.add(number);
            }
        }
        return numbers;
    }

    /** Whether there is a task of this number, or is to be one. */
    boolean hasPlace(int number) {
        return views.stream().anyMatch(view -> view.number() == number)
                || missing().contains(number);
    }

    /** The name of a task of the service. */
    String taskName(int number) {
        return TaskSpecs.name(project, service.name(), number);
    }

    /** Why a task of the newest form is not up: its name, and the last failure of its place. */
    Optional<Map.Entry<String, Memory.Failures>> trouble() {
        List<String> down = new ArrayList<>();
        current.stream().filter(view -> !view.ready()).forEach(view -> down.add(view.name()));
        missing().forEach(number -> down.add(taskName(number)));
        return down.stream()
                .flatMap(task ->
                        memory.failures(Action.taskKey(task)).stream().map(failures -> Map.entry(task, failures)))
                .findFirst();
    }
}
