package org.berth.server.projects;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.control.Controller;
import org.berth.control.ProjectStatus;
import org.berth.control.ProjectStatus.ServiceStatus;
import org.berth.control.ProjectStatus.TaskStatus;
import org.berth.engine.ContainerState;
import org.berth.engine.Containers;

/** What a person means by a name: a container, or a service for its first task. */
final class Named {
    private static final int NAMES_MAX = 20;

    private final Containers containers;
    private final Controller controller;

    Named(Containers containers, Controller controller) {
        this.containers = containers;
        this.controller = controller;
    }

    /** A service with its project. */
    private record Found(String project, ServiceStatus service) {}

    /**
     * The container meant; the lowest number of a service's tasks that have one.
     *
     * @param project where to look for a service; empty for everywhere
     * @throws BerthException NOT_FOUND with the names there are, CONFLICT when two projects have such a
     *     service
     */
    ContainerState container(String name, Optional<String> project) {
        Optional<ContainerState> container = containers.find(name);
        if (container.isPresent()) {
            return container.get();
        }
        List<ProjectStatus> projects = project.isPresent()
                ? controller.find(project.get()).stream()
                        .map(found -> controller.status(found.name()))
                        .toList()
                : controller.list();
        List<Found> found = projects.stream()
                .flatMap(status -> status.service(name).map(service -> new Found(status.name(), service)).stream())
                .toList();
        if (found.size() > 1) {
            throw new BerthException(
                    ErrorCode.CONFLICT,
                    "service " + name + " is in the projects "
                            + found.stream().map(Found::project).collect(Collectors.joining(", "))
                            + ": say which with -p, or name a task");
        }
        return found.stream()
                .flatMap(one -> tasks(one.service()))
                .flatMap(task -> containers.find(task.containerId()).stream())
                .findFirst()
                .orElseThrow(() -> unknown(name, found));
    }

    private static Stream<TaskStatus> tasks(ServiceStatus service) {
        return service.tasks().stream().filter(task -> !task.containerId().isEmpty());
    }

    private BerthException unknown(String name, List<Found> found) {
        if (!found.isEmpty()) {
            return new BerthException(ErrorCode.NOT_FOUND, "service " + name + " has no task with a container now");
        }
        List<String> names =
                containers.list().stream().map(ContainerState::name).sorted().toList();
        String there = names.isEmpty()
                ? "there is no container"
                : "there are " + names.stream().limit(NAMES_MAX).collect(Collectors.joining(", "))
                        + (names.size() > NAMES_MAX ? " and " + (names.size() - NAMES_MAX) + " more" : "");
        return new BerthException(ErrorCode.NOT_FOUND, "no container, task or service is named " + name + "; " + there);
    }
}
