package org.berth.control;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import org.berth.base.Json;
import org.berth.compose.HealthCheck;
import org.berth.compose.Jail;
import org.berth.compose.Limits;
import org.berth.compose.Mount;
import org.berth.compose.NetworkUse;
import org.berth.compose.ProjectNetwork;
import org.berth.compose.ProjectSecret;
import org.berth.compose.ProjectVolume;
import org.berth.compose.SecretUse;
import org.berth.compose.Service;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a service's tasks are made of. What can change without a new container is not in the hash:
 * ports, aliases, replicas, dependencies, the restart and update policies, the stop's grace.
 */
final class TaskSpecs {
    private static final List<String> LATER_IN_JAILS = List.of("processesOf", "ipcOf", "sharesIpc");

    private TaskSpecs() {}

    /** All that makes a task differ from one of another form; its maps are sorted, so that its JSON is one. */
    private record Form(
            int version,
            String image,
            Optional<List<String>> entrypoint,
            Optional<List<String>> command,
            SortedMap<String, String> environment,
            Optional<String> user,
            Optional<String> workingDirectory,
            Optional<String> hostname,
            SortedMap<String, String> labels,
            List<Mount> mounts,
            List<String> networks,
            List<SecretUse> secrets,
            SortedMap<String, String> secretDigests,
            Limits limits,
            Optional<HealthCheck> healthCheck,
            OptionalInt stopSignal,
            boolean init,
            int recreations) {}

    /** Each service's hash. */
    static Map<String, String> hashes(Desired desired) {
        Map<String, String> hashes = new HashMap<>();
        desired.project().services().forEach((name, service) -> hashes.put(name, hash(desired, service)));
        return hashes;
    }

    /** The hash of a service's tasks. */
    static String hash(Desired desired, Service service) {
        SortedMap<String, String> digests = new TreeMap<>();
        for (SecretUse use : service.secrets()) {
            digests.put(use.secret(), desired.secretDigests().getOrDefault(use.secret(), ""));
        }
        Form form = new Form(
                1,
                desired.images().getOrDefault(service.name(), ""),
                service.entrypoint(),
                service.command(),
                new TreeMap<>(service.environment()),
                service.user(),
                service.workingDirectory(),
                service.hostname(),
                labelsAndUsers(service),
                mounts(desired, service),
                networks(desired, service),
                service.secrets(),
                digests,
                service.limits(),
                service.healthCheck(),
                service.stopSignal(),
                service.init(),
                desired.recreations().getOrDefault(service.name(), 0));
        String digest = sha256(Json.MAPPER.writeValueAsBytes(form));
        // beside the form, lest every task of an older Berth were of another one
        String withRuntime =
                service.runtime().map(runtime -> sha256(digest + " " + runtime)).orElse(digest);
        return service.jail()
                .map(jail -> sha256(withRuntime + " jail " + text(jail)))
                .orElse(withRuntime);
    }

    /** Without what jails of an older Berth had not, where it is not asked for: their hashes stay as they were. */
    private static String text(Jail jail) {
        ObjectNode tree = Json.MAPPER.valueToTree(jail);
        LATER_IN_JAILS.stream()
                .filter(name -> tree.path(name).isNull() || tree.path(name).equals(BooleanNode.FALSE))
                .forEach(tree::remove);
        return tree.toString();
    }

    /** The form knows no user ids of before they could be the machine's: no other task's hash changes. */
    private static SortedMap<String, String> labelsAndUsers(Service service) {
        SortedMap<String, String> labels = new TreeMap<>(service.labels());
        if (service.hostUsers()) {
            labels.put("userns_mode", "host");
        }
        return labels;
    }

    /** A numbered task of a service. */
    static TaskSpec task(Desired desired, Service service, int number, String hash) {
        Map<String, String> labels = labels(desired, service);
        labels.put(TaskLabels.NUMBER, Integer.toString(number));
        labels.put(TaskLabels.HASH, hash);
        labels.put(TaskLabels.ONE_OFF, "False");
        return spec(desired, service, number, name(desired.name(), service.name(), number), hash, labels);
    }

    /** A container beside the tasks. */
    static TaskSpec oneOff(Desired desired, Service service, String name) {
        Map<String, String> labels = labels(desired, service);
        labels.put(TaskLabels.ONE_OFF, "True");
        return spec(desired, service, 0, name, "", labels);
    }

    /** Compose's name for a task's container. */
    static String name(String project, String service, int number) {
        return project + "-" + service + "-" + number;
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    static String sha256(String text) {
        return sha256(text.getBytes(StandardCharsets.UTF_8));
    }

    private static TaskSpec spec(
            Desired desired, Service service, int number, String name, String hash, Map<String, String> labels) {
        return new TaskSpec(
                desired.name(),
                service.name(),
                number,
                name,
                hash,
                desired.images().getOrDefault(service.name(), ""),
                desired.project().imageName(service),
                service.entrypoint(),
                service.command(),
                service.environment(),
                service.user(),
                service.workingDirectory(),
                service.hostname(),
                labels,
                mounts(desired, service),
                networks(desired, service),
                service.secrets().stream().map(use -> secret(desired, use)).toList(),
                service.limits(),
                service.healthCheck(),
                service.stopSignal(),
                service.stopGracePeriod(),
                service.init(),
                service.hostUsers(),
                service.runtime(),
                service.jail());
    }

    private static Map<String, String> labels(Desired desired, Service service) {
        Map<String, String> labels = new HashMap<>(service.labels());
        labels.put(TaskLabels.PROJECT, desired.name());
        labels.put(TaskLabels.SERVICE, service.name());
        labels.put(TaskLabels.FOLDER, desired.project().folder());
        labels.put(TaskLabels.FILE, desired.project().file());
        return labels;
    }

    private static List<Mount> mounts(Desired desired, Service service) {
        return service.mounts().stream()
                .map(mount -> mount.kind() != Mount.Kind.VOLUME
                        ? mount
                        : new Mount(
                                mount.kind(),
                                Optional.ofNullable(desired.project().volumes().get(mount.source()))
                                        .map(ProjectVolume::name)
                                        .orElse(mount.source()),
                                mount.target(),
                                mount.readOnly(),
                                mount.createSource()))
                .toList();
    }

    /** The service's networks by their names on the node. */
    static List<String> networks(Desired desired, Service service) {
        return service.networks().stream()
                .map(NetworkUse::network)
                .map(network -> network(desired, network))
                .toList();
    }

    /** A network's name on the node. */
    static String network(Desired desired, String network) {
        return Optional.ofNullable(desired.project().networks().get(network))
                .map(ProjectNetwork::name)
                .orElse(network);
    }

    private static TaskSpec.TaskSecret secret(Desired desired, SecretUse use) {
        String file = Optional.ofNullable(desired.project().secrets().get(use.secret()))
                .map(ProjectSecret::file)
                .orElse("");
        return new TaskSpec.TaskSecret(use.secret(), file, use.target(), use.uid(), use.gid(), use.mode());
    }
}
