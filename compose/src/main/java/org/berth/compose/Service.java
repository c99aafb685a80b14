package org.berth.compose;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One service: what every one of its tasks is like, and how many there are to be.
 *
 * @param build how its image is made; empty when it is only pulled
 * @param image the image's name as written; empty only with {@code build}
 * @param command replaces the image's CMD
 * @param entrypoint replaces the image's ENTRYPOINT (and drops its CMD, as in Compose); may be an
 *     empty list, which clears it
 * @param environment name to value; {@code env_file} is merged in below {@code environment}
 * @param ports what is published on the host
 * @param mounts volumes and host folders
 * @param dependsOn what must be so before a task starts
 * @param healthCheck makes a task ready; empty: the image's; without one a running task is ready
 * @param restart what happens to a task that ended
 * @param replicas how many tasks; 0 or more
 * @param limits of each task
 * @param update how a change is rolled out
 * @param user "name", "uid", "user:group", resolved in the container
 * @param workingDirectory an absolute path in the container
 * @param labels what is put on each container
 * @param networks at least one
 * @param stopSignal the signal's number; empty for the image's, else SIGTERM
 * @param stopGracePeriod how long a task may take to end before it is killed
 * @param init whether process 1 is Berth's own init
 * @param hostUsers whether its user ids are the machine's, and its root the machine's (userns_mode: host)
 * @param runtime another OCI runtime, by its name or its program's path; empty for Berth's own
 * @param jail in what its containers' jail differs from the standard one; empty: in nothing
 */
public record Service(
        String name,
        Optional<Build> build,
        Optional<String> image,
        Optional<List<String>> command,
        Optional<List<String>> entrypoint,
        Map<String, String> environment,
        List<Port> ports,
        List<Mount> mounts,
        List<Dependency> dependsOn,
        Optional<HealthCheck> healthCheck,
        Restart restart,
        int replicas,
        Limits limits,
        UpdatePolicy update,
        Optional<String> user,
        Optional<String> workingDirectory,
        Optional<String> hostname,
        Map<String, String> labels,
        List<NetworkUse> networks,
        List<SecretUse> secrets,
        OptionalInt stopSignal,
        Duration stopGracePeriod,
        boolean init,
        boolean hostUsers,
        Optional<String> runtime,
        Optional<Jail> jail) {
    public Service {
        command = command.map(List::copyOf);
        entrypoint = entrypoint.map(List::copyOf);
        environment = Copies.ordered(environment);
        ports = List.copyOf(ports);
        mounts = List.copyOf(mounts);
        dependsOn = List.copyOf(dependsOn);
        labels = Copies.ordered(labels);
        networks = List.copyOf(networks);
        secrets = List.copyOf(secrets);
    }

    /** This service with other dependencies. */
    Service withDependsOn(List<Dependency> dependencies) {
        return with(dependencies, restart);
    }

    /** This service with another restart policy. */
    Service withRestart(Restart policy) {
        return with(dependsOn, policy);
    }

    private Service with(List<Dependency> dependencies, Restart policy) {
        return new Service(
                name,
                build,
                image,
                command,
                entrypoint,
                environment,
                ports,
                mounts,
                dependencies,
                healthCheck,
                policy,
                replicas,
                limits,
                update,
                user,
                workingDirectory,
                hostname,
                labels,
                networks,
                secrets,
                stopSignal,
                stopGracePeriod,
                init,
                hostUsers,
                runtime,
                jail);
    }
}
