package org.berth.server.projects;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.control.Controller;
import org.berth.control.ProjectStatus;
import org.berth.control.ProjectStatus.ServiceStatus;
import org.berth.control.ProjectStatus.State;

/** Waits until a project's services are as they were asked for, and tells each change on the way. */
final class Readiness {
    private static final int LOG_LINES = 20;

    private final Controller controller;
    private final BiFunction<String, Integer, List<String>> logTail;

    /** @param logTail the last lines of a container's log */
    Readiness(Controller controller, BiFunction<String, Integer, List<String>> logTail) {
        this.controller = controller;
        this.logTail = logTail;
    }

    /**
     * Waits.
     *
     * @param services those waited for; empty for all
     * @param revision of the project, at least
     * @throws ServiceFailure FAILED for a service that failed for good, TIMEOUT for one that isn't
     *     ready in time
     */
    ProjectStatus await(String project, Set<String> services, long revision, Duration timeout, Report report)
            throws Exception {
        CompletableFuture<ProjectStatus> end = new CompletableFuture<>();
        Map<String, Report.ServiceState> told = new HashMap<>();
        try (AutoCloseable watch = controller.watch(project, status -> {
            tell(chosen(status, services), told, report);
            if (status.state() == State.STOPPING) {
                end.completeExceptionally(new BerthException(
                        ErrorCode.CONFLICT, "project " + project + " is being taken down meanwhile"));
            } else if (status.revision() >= revision && isOver(status, services)) {
                end.complete(status);
            }
        })) {
            ProjectStatus status = end.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            Optional<ServiceStatus> failed = failed(status, services);
            if (failed.isPresent()) {
                throw failure(
                        failed.get(),
                        ErrorCode.FAILED,
                        "failed: " + words(failed.get().reason()));
            }
            return status;
        } catch (TimeoutException e) {
            throw late(controller.status(project), services, timeout);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof BerthException error) {
                throw error;
            }
            throw new IllegalStateException("watching " + project, e.getCause());
        }
    }

    /**
     * Waits for a project's networks and volumes, and for these services.
     *
     * @param services those waited for; none but these
     * @throws BerthException as {@link #await}
     */
    void awaitNeeds(String project, Set<String> services, long revision, Duration timeout, Report report)
            throws Exception {
        if (!services.isEmpty()) {
            await(project, services, revision, timeout, report);
        }
        CompletableFuture<ProjectStatus> end = new CompletableFuture<>();
        try (AutoCloseable watch = controller.watch(project, status -> {
            if (status.equipped()) {
                end.complete(status);
            }
        })) {
            end.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new BerthException(
                    ErrorCode.TIMEOUT,
                    "the networks and volumes of project " + project + " are not there after " + timeout.toSeconds()
                            + " s: " + words(controller.status(project).reason()));
        }
    }

    private static void tell(List<ServiceStatus> services, Map<String, Report.ServiceState> told, Report report) {
        for (ServiceStatus service : services) {
            Report.ServiceState state = new Report.ServiceState(
                    "service",
                    service.name(),
                    word(service.state()),
                    service.ready(),
                    service.wanted(),
                    service.reason());
            if (!state.equals(told.put(service.name(), state))) {
                report.send(state);
            }
        }
    }

    /** A state on the wire. */
    static String word(Enum<?> state) {
        return state.name().toLowerCase(Locale.ROOT);
    }

    private static boolean isOver(ProjectStatus status, Set<String> services) {
        return failed(status, services).isPresent()
                || chosen(status, services).stream()
                        .allMatch(service -> service.state() == State.READY || service.state() == State.DONE);
    }

    private static List<ServiceStatus> chosen(ProjectStatus status, Set<String> services) {
        return status.services().stream()
                .filter(service -> services.isEmpty() || services.contains(service.name()))
                .toList();
    }

    private static Optional<ServiceStatus> failed(ProjectStatus status, Set<String> services) {
        return chosen(status, services).stream()
                .filter(service -> service.state() == State.FAILED)
                .findFirst();
    }

    /** Who waits for another is not to blame: the first that doesn't wait is. */
    private ServiceFailure late(ProjectStatus status, Set<String> services, Duration timeout) {
        List<ServiceStatus> open = chosen(status, services).stream()
                .filter(service -> service.state() != State.READY && service.state() != State.DONE)
                .toList();
        ServiceStatus blamed = open.stream()
                .filter(service -> service.state() != State.WAITING)
                .findFirst()
                .or(() -> open.stream().findFirst())
                .orElseThrow(() -> new BerthException(
                        ErrorCode.TIMEOUT,
                        "project " + status.name() + " was not ready after " + timeout.toSeconds() + " s"
                                + (status.reason().isEmpty() ? "" : ": " + status.reason())));
        return failure(
                blamed,
                ErrorCode.TIMEOUT,
                "is not ready after " + timeout.toSeconds() + " s (" + blamed.ready() + " of " + blamed.wanted() + "): "
                        + words(blamed.reason()));
    }

    private static String words(String reason) {
        return reason.isEmpty() ? "it gives no reason; see its log" : reason;
    }

    private ServiceFailure failure(ServiceStatus service, ErrorCode code, String words) {
        return new ServiceFailure(
                new BerthException(code, "service " + service.name() + " " + words), service.name(), log(service));
    }

    /** Of the task that failed last, else of the first that isn't ready. */
    private List<String> log(ServiceStatus service) {
        Optional<List<String>> kept =
                service.lastFailure().map(ProjectStatus.Failure::log).filter(log -> !log.isEmpty());
        return kept.orElseGet(() -> service.tasks().stream()
                .filter(task -> !task.containerId().isEmpty())
                .filter(task -> task.state() != ProjectStatus.TaskState.READY)
                .findFirst()
                .map(task -> logTail.apply(task.containerId(), LOG_LINES))
                .orElse(List.of()));
    }
}
