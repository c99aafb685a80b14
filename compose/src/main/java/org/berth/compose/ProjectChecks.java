package org.berth.compose;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.compose.ServiceReader.ReadService;
import org.berth.compose.text.Spelling;
import org.berth.compose.yaml.Position;

/** What no service can tell alone: active profiles, dependencies that exist and have no cycle. */
final class ProjectChecks {
    private static final String EVERY_PROFILE = "*";

    private final Map<String, ReadService> services;
    private final Problems problems;

    ProjectChecks(Map<String, ReadService> services, Problems problems) {
        this.services = services;
        this.problems = problems;
    }

    /** The services that are active, their dependencies only on active ones. */
    Map<String, Service> active(Set<String> profiles) {
        Map<String, Service> active = new LinkedHashMap<>();
        services.forEach((name, read) -> {
            if (read.profiles().isEmpty()
                    || profiles.contains(EVERY_PROFILE)
                    || read.profiles().stream().anyMatch(profiles::contains)) {
                active.put(name, read.service());
            }
        });
        services.values().forEach(read -> checkDependencies(read, active));
        active.replaceAll((name, service) -> withDependencies(service, active.keySet()));
        keepHealthy(active);
        checkCycles(active);
        checkPorts(active);
        return active;
    }

    private void checkDependencies(ReadService read, Map<String, Service> active) {
        String name = read.service().name();
        for (References.Reference reference : read.references().services()) {
            if (!services.containsKey(reference.name())) {
                problems.report(
                        reference.position(),
                        "service '" + name + "' depends on '" + reference.name() + "', which the file does not have"
                                + Spelling.nearest(reference.name(), services.keySet())
                                        .map(near -> ": did you mean '" + near + "'?")
                                        .orElse(""));
            } else if (active.containsKey(name) && !active.containsKey(reference.name())) {
                Set<String> needed = Optional.ofNullable(services.get(reference.name()))
                        .map(ReadService::profiles)
                        .orElse(Set.of());
                problems.report(
                        reference.position(),
                        "service '" + name + "' depends on '" + reference.name()
                                + "', which is only there with the profile " + String.join(" or ", needed)
                                + ": activate it with --profile or COMPOSE_PROFILES");
            }
        }
        for (Dependency dependency : read.service().dependsOn()) {
            checkHealthCondition(read, dependency);
        }
        read.service()
                .jail()
                .flatMap(Jail::ipcOf)
                .filter(Jail.Peer::service)
                .ifPresent(peer -> checkShared(read, peer));
    }

    /** Docker's engine says so when the container starts. */
    private void checkShared(ReadService read, Jail.Peer peer) {
        ReadService other = services.get(peer.name());
        if (other != null && !other.service().jail().orElse(Jail.STANDARD).sharesIpc()) {
            problems.report(
                    read.references().dependencyPosition(peer.name(), read.position()),
                    "service '" + read.service().name() + "' joins the ipc namespace of '" + peer.name()
                            + "', which is not shared: give that one 'ipc: shareable'");
        }
    }

    private void checkHealthCondition(ReadService read, Dependency dependency) {
        ReadService other = services.get(dependency.service());
        if (other != null
                && dependency.condition() == Dependency.Condition.HEALTHY
                && other.service().healthCheck().filter(HealthCheck::disabled).isPresent()) {
            problems.report(
                    read.references().dependencyPosition(dependency.service(), read.position()),
                    "service '" + read.service().name() + "' waits for '" + dependency.service()
                            + "' to be healthy, but its health check is disabled");
        }
    }

    private static Service withDependencies(Service service, Set<String> active) {
        List<Dependency> kept = service.dependsOn().stream()
                .filter(dependency -> active.contains(dependency.service()))
                .toList();
        return kept.size() == service.dependsOn().size() ? service : service.withDependsOn(kept);
    }

    /**
     * A service with a health check is meant to run and be well: where the file does not say what
     * happens to its tasks, they are replaced. One whose end others wait for is a job. Where the file says nothing of a
     * check either, the image does.
     */
    private static void keepHealthy(Map<String, Service> active) {
        Set<String> jobs = new HashSet<>();
        active.values().stream()
                .flatMap(service -> service.dependsOn().stream())
                .filter(dependency -> dependency.condition() == Dependency.Condition.COMPLETED)
                .forEach(dependency -> jobs.add(dependency.service()));
        active.replaceAll((name, service) -> {
            if (!service.restart().equals(Restart.UNSAID)
                    || service.healthCheck().isEmpty() && !jobs.contains(name)) {
                return service;
            }
            boolean kept = !jobs.contains(name)
                    && service.healthCheck().filter(check -> !check.disabled()).isPresent();
            return service.withRestart(kept ? Restart.KEPT : Restart.NO);
        });
    }

    private void checkCycles(Map<String, Service> active) {
        Set<String> done = new HashSet<>();
        for (String name : active.keySet()) {
            findCycle(name, active, new ArrayList<>(), done);
        }
    }

    private void findCycle(String name, Map<String, Service> active, List<String> path, Set<String> done) {
        int start = path.indexOf(name);
        if (start >= 0) {
            List<String> cycle = new ArrayList<>(path.subList(start, path.size()));
            cycle.add(name);
            ReadService last = services.get(path.getLast());
            Position position =
                    last == null ? new Position("", 1, 1) : last.references().dependencyPosition(name, last.position());
            problems.report(position, "services depend on each other in a circle: " + String.join(" -> ", cycle));
            return;
        }
        Service service = active.get(name);
        if (service == null || !done.add(name)) {
            return;
        }
        path.add(name);
        service.dependsOn().forEach(dependency -> findCycle(dependency.service(), active, path, done));
        path.removeLast();
    }

    private void checkPorts(Map<String, Service> active) {
        Map<String, String> owners = new LinkedHashMap<>();
        active.forEach((name, service) -> service.ports().stream()
                .filter(port -> port.published() != 0)
                .forEach(port -> {
                    String key = port.address() + ":" + port.published() + "/" + port.protocol();
                    String owner = owners.putIfAbsent(key, name);
                    ReadService read = services.get(name);
                    if (owner != null && !owner.equals(name) && read != null) {
                        problems.report(
                                read.position(),
                                "service '" + name + "' publishes " + key + ", which service '" + owner
                                        + "' publishes already");
                    }
                }));
    }
}
