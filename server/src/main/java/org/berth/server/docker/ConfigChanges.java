package org.berth.server.docker;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import org.berth.image.ImageConfig;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Changes of an image's configuration as {@code docker commit --change} and {@code docker import --change} say them. */
record ConfigChanges(ImageConfig config) {
    /** What says nothing. */
    static final ConfigChanges EMPTY = new ConfigChanges(new ImageConfig(
            "amd64", Instant.EPOCH, List.of(), List.of(), List.of(), "", "", Set.of(), Set.of(), Map.of(), ""));

    static ConfigChanges of(ImageConfig config) {
        return new ConfigChanges(config);
    }

    /** The same, made at this time. */
    ImageConfig at(Instant created) {
        return with(config, created, config.environment(), config.entrypoint(), config.command());
    }

    /** One instruction a text: "ENV A=b", "CMD [\"sh\"]". */
    static ImageConfig apply(ImageConfig config, List<String> changes) {
        ImageConfig changed = config;
        for (String change : changes) {
            for (String line : change.split("\n")) {
                changed = line.isBlank() ? changed : one(changed, line.strip());
            }
        }
        return changed;
    }

    private static ImageConfig one(ImageConfig config, String line) {
        String[] words = line.split("\\s+", 2);
        String rest = words.length > 1 ? words[1] : "";
        return switch (words[0].toUpperCase(Locale.ROOT)) {
            case "CMD" -> with(config, config.created(), config.environment(), config.entrypoint(), command(rest));
            case "ENTRYPOINT" -> with(config, config.created(), config.environment(), command(rest), config.command());
            case "ENV" -> {
                List<String> environment = new ArrayList<>(config.environment());
                String[] pair = pair(line, rest);
                environment.removeIf(entry -> entry.startsWith(pair[0] + "="));
                environment.add(pair[0] + "=" + pair[1]);
                yield with(config, config.created(), environment, config.entrypoint(), config.command());
            }
            case "LABEL" -> {
                Map<String, String> labels = new TreeMap<>(config.labels());
                String[] pair = pair(line, rest);
                labels.put(pair[0], pair[1]);
                yield with(
                        config,
                        config.user(),
                        config.workingDirectory(),
                        config.exposedPorts(),
                        config.volumes(),
                        labels,
                        config.stopSignal());
            }
            case "USER" ->
                with(
                        config,
                        rest,
                        config.workingDirectory(),
                        config.exposedPorts(),
                        config.volumes(),
                        config.labels(),
                        config.stopSignal());
            case "WORKDIR" ->
                with(
                        config,
                        config.user(),
                        rest,
                        config.exposedPorts(),
                        config.volumes(),
                        config.labels(),
                        config.stopSignal());
            case "EXPOSE" ->
                with(
                        config,
                        config.user(),
                        config.workingDirectory(),
                        more(config.exposedPorts(), ports(rest)),
                        config.volumes(),
                        config.labels(),
                        config.stopSignal());
            case "VOLUME" ->
                with(
                        config,
                        config.user(),
                        config.workingDirectory(),
                        config.exposedPorts(),
                        more(config.volumes(), rest.startsWith("[") ? command(rest) : List.of(rest.split("\\s+"))),
                        config.labels(),
                        config.stopSignal());
            case "STOPSIGNAL" ->
                with(
                        config,
                        config.user(),
                        config.workingDirectory(),
                        config.exposedPorts(),
                        config.volumes(),
                        config.labels(),
                        rest);
            default ->
                throw new BerthException(
                        ErrorCode.UNSUPPORTED,
                        "change \"" + line + "\" is not implemented by Berth: expected CMD, ENTRYPOINT, ENV, EXPOSE,"
                                + " LABEL, STOPSIGNAL, USER, VOLUME or WORKDIR");
        };
    }

    private static String[] pair(String line, String rest) {
        String[] pair = rest.split("=", 2);
        if (pair.length < 2) {
            pair = rest.split("\\s+", 2);
        }
        if (pair.length < 2 || pair[0].isBlank()) {
            throw new BerthException(ErrorCode.INVALID, "change \"" + line + "\": expected NAME=VALUE");
        }
        String value = pair[1].strip();
        boolean quoted = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
        return new String[] {pair[0], quoted ? value.substring(1, value.length() - 1) : value};
    }

    /** A list in JSON, else a line for the shell. */
    private static List<String> command(String text) {
        if (text.startsWith("[")) {
            try {
                return Json.MAPPER
                        .readTree(text)
                        .valueStream()
                        .map(JsonNode::asString)
                        .toList();
            } catch (JacksonException e) {
                // then it is a line for the shell, as in a Dockerfile
            }
        }
        return List.of("/bin/sh", "-c", text);
    }

    private static List<String> ports(String text) {
        return List.of(text.split("\\s+")).stream()
                .map(port -> port.contains("/") ? port : port + "/tcp")
                .toList();
    }

    private static Set<String> more(Set<String> there, List<String> added) {
        Set<String> more = new TreeSet<>(there);
        more.addAll(added);
        return more;
    }

    private static ImageConfig with(
            ImageConfig config,
            Instant created,
            List<String> environment,
            List<String> entrypoint,
            List<String> command) {
        return new ImageConfig(
                config.architecture(),
                created,
                environment,
                entrypoint,
                command,
                config.user(),
                config.workingDirectory(),
                config.exposedPorts(),
                config.volumes(),
                config.labels(),
                config.stopSignal(),
                config.health(),
                config.onBuild(),
                config.shell());
    }

    private static ImageConfig with(
            ImageConfig config,
            String user,
            String workingDirectory,
            Set<String> exposedPorts,
            Set<String> volumes,
            Map<String, String> labels,
            String stopSignal) {
        return new ImageConfig(
                config.architecture(),
                config.created(),
                config.environment(),
                config.entrypoint(),
                config.command(),
                user,
                workingDirectory,
                exposedPorts,
                volumes,
                labels,
                stopSignal,
                config.health(),
                config.onBuild(),
                config.shell());
    }
}
