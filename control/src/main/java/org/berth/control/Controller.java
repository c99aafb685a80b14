package org.berth.control;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.berth.compose.Project;

/**
 * Keeps projects as they were asked for. What is asked is stored before a method returns; a loop for
 * each project then makes it so, for as long as the controller is open. Safe for concurrent use.
 */
public interface Controller extends AutoCloseable {
    /** The most tasks a service may have. */
    int REPLICAS_MAX = 1_000;

    /**
     * A controller of one node.
     *
     * @param store closed by the caller, after the controller
     */
    static Controller of(Store store, Node node, Clock clock, Timing timing) {
        return new ProjectController(store, node, clock, timing);
    }

    /** Takes up every stored project, half-done removals included. Call once, when the node is ready. */
    void start();

    /**
     * Asks for a project to be so: new tasks, changed ones replaced, the rest left alone; a service that
     * the model no longer has goes. CONFLICT while the project is being taken down.
     *
     * @return the project's new revision; unchanged when nothing was to change
     */
    Applied apply(ApplyRequest request);

    /** The project as it was last asked for. */
    Optional<Project> find(String project);

    /** How it is now; NOT_FOUND when there is none of that name. */
    ProjectStatus status(String project);

    /** All of them, by name. */
    List<ProjectStatus> list();

    /**
     * Asks for other numbers of replicas until the next {@link #apply}; NOT_FOUND for a project or
     * service that is not there.
     */
    void scale(String project, Map<String, Integer> replicas);

    /**
     * Takes a project down: tasks, endpoints, networks, on request volumes; dependents before what they
     * depend on. It goes on when the caller goes away, and after a restart.
     *
     * <p>What an earlier project of that name left on the node (its volumes above all) goes too, though
     * the project is not known any more. NOT_FOUND when there is nothing to remove.
     *
     * @param volumes whether named volumes go too
     * @param grace overrides every service's
     * @return completes when nothing is left
     */
    CompletableFuture<Void> down(String project, boolean volumes, Optional<Duration> grace);

    /** Completes when a project was taken down and nothing of it is left; at once when there is none. */
    CompletableFuture<Void> gone(String project);

    /**
     * Calls {@code listener} with the project's status whenever it may have changed, one call at a time,
     * beginning now. Close to end.
     */
    AutoCloseable watch(String project, Consumer<ProjectStatus> listener);

    /**
     * The services that a container of {@code berth run} needs and that are not asked for yet: all that
     * its service depends on, but for those of the project that are to run already.
     */
    Set<String> neededBy(Project project, String service);

    /**
     * Asks for these services of a project beside what it has, and for its networks and volumes; nothing
     * that is asked for already changes. With no services a project that is not known has its networks
     * and volumes alone.
     *
     * @param images the id of each service's image
     */
    Applied add(Project project, Set<String> services, Map<String, String> images);

    /**
     * What a task of a service is made of, for a container of {@code berth run}: number 0, no hash.
     * NOT_FOUND for a service that is not there.
     *
     * @param image the image's id
     */
    TaskSpec oneOffSpec(Project project, String service, String image, String name);

    /** Ends the loops; what runs goes on. */
    @Override
    void close();

    /**
     * What {@link #apply} did.
     *
     * @param revision counts the changes of a project, from 1
     * @param changed whether anything differs from what was asked before
     */
    record Applied(long revision, boolean changed) {}

    /**
     * What is asked for.
     *
     * @param images the id of each service's image; every service that is brought up has one
     * @param services the services to bring up, with what they depend on; empty for all. Others stay as
     *     they are
     * @param recreate replace tasks of the services named, and of none that they depend on, though
     *     nothing changed
     */
    record ApplyRequest(Project project, Map<String, String> images, List<String> services, boolean recreate) {
        public ApplyRequest {
            images = Map.copyOf(images);
            services = List.copyOf(services);
        }
    }
}
