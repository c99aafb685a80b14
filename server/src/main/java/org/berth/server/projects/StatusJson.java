package org.berth.server.projects;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.berth.control.ProjectStatus;
import org.berth.control.ProjectStatus.ServiceStatus;
import org.berth.control.ProjectStatus.State;
import org.berth.control.ProjectStatus.TaskStatus;
import org.berth.control.PublishedPort;

/** A project's status as the Berth API shows it. Pure. */
final class StatusJson {
    private StatusJson() {}

    /** A line of the list of projects. */
    record Summary(
            String name, String state, int services, int ready, int wanted, Optional<String> url, Instant created) {}

    /** A project in full. */
    record Detail(
            String name,
            String state,
            String reason,
            String folder,
            Optional<String> url,
            Instant created,
            List<Service> services,
            List<Network> networks,
            List<String> volumes) {}

    /** A service. */
    record Service(
            String name,
            String image,
            String state,
            int wanted,
            int running,
            int ready,
            String reason,
            List<PublishedPort> ports,
            List<Task> tasks) {}

    /** A task. */
    record Task(
            String name,
            int number,
            String node,
            String container,
            String state,
            String health,
            boolean current,
            int restarts,
            Optional<Integer> exitCode,
            Optional<Instant> ended,
            List<String> addresses,
            String reason,
            Optional<Instant> created,
            Optional<Instant> started) {}

    /** A network. */
    record Network(String name, String subnet) {}

    static Summary summary(ProjectStatus status) {
        return new Summary(
                status.name(),
                Readiness.word(status.state()),
                status.services().size(),
                status.services().stream().mapToInt(ServiceStatus::ready).sum(),
                status.services().stream()
                        .filter(service -> service.state() != State.DONE)
                        .mapToInt(ServiceStatus::wanted)
                        .sum(),
                Urls.first(status),
                status.created());
    }

    static Detail detail(ProjectStatus status, List<Network> networks) {
        return new Detail(
                status.name(),
                Readiness.word(status.state()),
                status.reason(),
                status.folder(),
                Urls.first(status),
                status.created(),
                status.services().stream().map(StatusJson::service).toList(),
                networks,
                status.volumes().stream().sorted().toList());
    }

    private static Service service(ServiceStatus service) {
        return new Service(
                service.name(),
                service.image(),
                Readiness.word(service.state()),
                service.wanted(),
                service.running(),
                service.ready(),
                service.reason(),
                service.ports(),
                service.tasks().stream().map(StatusJson::task).toList());
    }

    private static Task task(TaskStatus task) {
        return new Task(
                task.name(),
                task.number(),
                task.node(),
                task.containerId(),
                Readiness.word(task.state()),
                Readiness.word(task.health()),
                task.current(),
                task.restarts(),
                task.exitCode(),
                task.ended(),
                task.addresses(),
                task.reason(),
                task.created(),
                task.started());
    }
}
