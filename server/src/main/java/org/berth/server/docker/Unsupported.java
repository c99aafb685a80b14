package org.berth.server.docker;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import tools.jackson.databind.JsonNode;

/**
 * Refuses by name what a create request asks for and Berth does not honour: an option that is
 * silently ignored is a promise broken. What clients always send (defaults, empty values) passes.
 */
final class Unsupported {
    /** Keys of the configuration that are read, or that only concern the client. */
    private static final Set<String> CONFIG = Set.of(
            "Hostname",
            "User",
            "AttachStdin",
            "AttachStdout",
            "AttachStderr",
            "ExposedPorts",
            "Tty",
            "OpenStdin",
            "StdinOnce",
            "Env",
            "Cmd",
            "Healthcheck",
            "Image",
            "Volumes",
            "WorkingDir",
            "Entrypoint",
            "Labels",
            "StopSignal",
            "StopTimeout",
            "HostConfig",
            "Domainname",
            "NetworkingConfig",
            "Shell",
            "OnBuild");

    /** Keys of the host's configuration that are read, or that only concern the client. */
    private static final Set<String> HOST = Set.of(
            "Binds",
            "Mounts",
            "Tmpfs",
            "PortBindings",
            "PublishAllPorts",
            "NetworkMode",
            "RestartPolicy",
            "AutoRemove",
            "Privileged",
            "CapAdd",
            "CapDrop",
            "GroupAdd",
            "Devices",
            "DeviceCgroupRules",
            "Ulimits",
            "Sysctls",
            "PidMode",
            "IpcMode",
            "UTSMode",
            "CgroupnsMode",
            "OomScoreAdj",
            "ShmSize",
            "MaskedPaths",
            "ReadonlyPaths",
            "BlkioWeightDevice",
            "BlkioDeviceReadBps",
            "BlkioDeviceWriteBps",
            "BlkioDeviceReadIOps",
            "BlkioDeviceWriteIOps",
            "Init",
            "ReadonlyRootfs",
            "UsernsMode",
            "Runtime",
            "ConsoleSize",
            "ContainerIDFile");

    /** Values that ask for what Berth does anyway. */
    private static final Map<String, Predicate<JsonNode>> HARMLESS = Map.ofEntries(
            Map.entry("Isolation", value -> value.asString().equals("default")),
            Map.entry(
                    "LogConfig",
                    value -> Set.of("", "json-file", "local", "berth").contains(logDriver(value))
                            && Tree.isEmpty(value.path("Config"))),
            Map.entry("VolumeDriver", value -> value.asString().equals("local")),
            Map.entry("SecurityOpt", SecurityOptions::areKnown));

    private Unsupported() {}

    /** @throws BerthException UNSUPPORTED, with the names of all that is refused */
    static void check(JsonNode body) {
        Map<String, JsonNode> refused = new LinkedHashMap<>(besides(body, CONFIG));
        besides(Tree.at(body, "HostConfig"), HOST).forEach((key, value) -> {
            if (!ResourceReader.KEYS.contains(key)
                    && !HARMLESS.getOrDefault(key, ignored -> false).test(value)) {
                refused.put("HostConfig." + key, value);
            }
        });
        if (!refused.isEmpty()) {
            StringBuilder words = new StringBuilder();
            refused.forEach((key, value) -> words.append(words.isEmpty() ? "" : ", ")
                    .append(key)
                    .append(" (")
                    .append(value)
                    .append(')'));
            throw new BerthException(
                    ErrorCode.UNSUPPORTED, words + " is not implemented by Berth: create the container without it");
        }
    }

    /** What is said under other keys than these. */
    static Map<String, JsonNode> besides(JsonNode object, Set<String> known) {
        Map<String, JsonNode> others = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : object.properties()) {
            if (!known.contains(entry.getKey()) && !Tree.isEmpty(entry.getValue())) {
                others.put(entry.getKey(), entry.getValue());
            }
        }
        return others;
    }

    private static String logDriver(JsonNode value) {
        return Tree.text(value, "Type").orElse("");
    }
}
