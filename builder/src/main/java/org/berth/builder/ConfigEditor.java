package org.berth.builder;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.berth.image.ImageConfig;

/** Changes to an image's configuration, one after another. */
final class ConfigEditor {
    private ImageConfig config;

    ConfigEditor(ImageConfig config) {
        this.config = config;
    }

    ImageConfig config() {
        return config;
    }

    ConfigEditor created(Instant created) {
        return set(created, config.environment(), config.entrypoint(), config.command(), config.user());
    }

    /** Sets a variable, where it is or at the end. */
    ConfigEditor environment(String name, String value) {
        List<String> environment = new ArrayList<>(config.environment());
        int at = 0;
        while (at < environment.size() && !environment.get(at).startsWith(name + "=")) {
            at++;
        }
        if (at < environment.size()) {
            environment.set(at, name + "=" + value);
        } else {
            environment.add(name + "=" + value);
        }
        return set(config.created(), environment, config.entrypoint(), config.command(), config.user());
    }

    ConfigEditor entrypoint(List<String> entrypoint) {
        return set(config.created(), config.environment(), entrypoint, config.command(), config.user());
    }

    ConfigEditor command(List<String> command) {
        return set(config.created(), config.environment(), config.entrypoint(), command, config.user());
    }

    ConfigEditor user(String user) {
        return set(config.created(), config.environment(), config.entrypoint(), config.command(), user);
    }

    ConfigEditor workingDirectory(String folder) {
        return set(folder, config.exposedPorts(), config.volumes(), config.labels());
    }

    ConfigEditor expose(String port) {
        Set<String> ports = new TreeSet<>(config.exposedPorts());
        ports.add(port);
        return set(config.workingDirectory(), ports, config.volumes(), config.labels());
    }

    ConfigEditor volume(String path) {
        Set<String> volumes = new TreeSet<>(config.volumes());
        volumes.add(path);
        return set(config.workingDirectory(), config.exposedPorts(), volumes, config.labels());
    }

    ConfigEditor withoutVolumes() {
        return set(config.workingDirectory(), config.exposedPorts(), Set.of(), config.labels());
    }

    ConfigEditor label(String name, String value) {
        Map<String, String> labels = new TreeMap<>(config.labels());
        labels.put(name, value);
        return set(config.workingDirectory(), config.exposedPorts(), config.volumes(), labels);
    }

    private ConfigEditor set(
            Instant created, List<String> environment, List<String> entrypoint, List<String> command, String user) {
        config = new ImageConfig(
                config.architecture(),
                created,
                List.copyOf(environment),
                List.copyOf(entrypoint),
                List.copyOf(command),
                user,
                config.workingDirectory(),
                config.exposedPorts(),
                config.volumes(),
                config.labels(),
                config.stopSignal(),
                config.health());
        return this;
    }

    private ConfigEditor set(String folder, Set<String> ports, Set<String> volumes, Map<String, String> labels) {
        config = new ImageConfig(
                config.architecture(),
                config.created(),
                config.environment(),
                config.entrypoint(),
                config.command(),
                config.user(),
                folder,
                ports,
                volumes,
                labels,
                config.stopSignal(),
                config.health());
        return this;
    }
}
