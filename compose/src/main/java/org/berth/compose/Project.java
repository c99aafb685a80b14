package org.berth.compose;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * An application as a Compose file describes it: checked, interpolated, every path absolute, only
 * the services whose profiles are active. It goes to the daemon as JSON.
 *
 * @param name {@code [a-z0-9][a-z0-9_-]*}
 * @param folder the folder of the Compose file, absolute; relative paths were resolved against it
 * @param file the Compose file, absolute
 * @param services by name, in the file's order
 * @param networks those that services use, by the file's names
 * @param volumes those that services use, by the file's names
 * @param secrets those that services use, by the file's names
 */
public record Project(
        String name,
        String folder,
        String file,
        Map<String, Service> services,
        Map<String, ProjectNetwork> networks,
        Map<String, ProjectVolume> volumes,
        Map<String, ProjectSecret> secrets) {
    public Project {
        services = Copies.ordered(services);
        networks = Copies.ordered(networks);
        volumes = Copies.ordered(volumes);
        secrets = Copies.ordered(secrets);
    }

    /** These services and all they depend on, in the file's order; those it does not have are left out. */
    public Set<String> withDependencies(Collection<String> asked) {
        Set<String> found = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(asked);
        while (!open.isEmpty()) {
            String next = open.pop();
            Service service = services.get(next);
            if (service != null && found.add(next)) {
                service.dependsOn().forEach(dependency -> open.push(dependency.service()));
            }
        }
        Set<String> ordered = new LinkedHashSet<>(services.keySet());
        ordered.retainAll(found);
        return ordered;
    }

    /**
     * The same with nothing left unsaid of what happens to tasks that ended.
     *
     * @param checked whether a service's image has a health check
     */
    public Project settled(Predicate<Service> checked) {
        Map<String, Service> settled = new LinkedHashMap<>(services);
        settled.replaceAll((service, one) -> one.restart().equals(Restart.UNSAID)
                ? one.withRestart(checked.test(one) ? Restart.KEPT : Restart.NO)
                : one);
        return new Project(name, folder, file, settled, networks, volumes, secrets);
    }

    /** The image a service runs: the one it names, else {@code PROJECT-SERVICE}, which is built. */
    public String imageName(Service service) {
        return service.image().orElse(name + "-" + service.name());
    }
}
