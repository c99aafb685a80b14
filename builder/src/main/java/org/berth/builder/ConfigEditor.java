package org.berth.builder;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.berth.image.ImageConfig;
import org.berth.image.ImageHealth;

/** Changes to an image's configuration, one after another. */
final class ConfigEditor {
    private final String architecture;
    private final List<String> environment;
    private final Set<String> ports;
    private final Map<String, String> labels;
    private final List<String> onBuild;
    private Set<String> volumes;
    private Instant created;
    private List<String> entrypoint;
    private List<String> command;
    private String user;
    private String workingDirectory;
    private String stopSignal;
    private Optional<ImageHealth> health;
    private List<String> shell;

    ConfigEditor(ImageConfig config) {
        architecture = config.architecture();
        created = config.created();
        environment = new ArrayList<>(config.environment());
        entrypoint = config.entrypoint();
        command = config.command();
        user = config.user();
        workingDirectory = config.workingDirectory();
        ports = new TreeSet<>(config.exposedPorts());
        volumes = new TreeSet<>(config.volumes());
        labels = new TreeMap<>(config.labels());
        stopSignal = config.stopSignal();
        health = config.health();
        onBuild = new ArrayList<>(config.onBuild());
        shell = config.shell();
    }

    ImageConfig config() {
        return new ImageConfig(
                architecture,
                created,
                List.copyOf(environment),
                List.copyOf(entrypoint),
                List.copyOf(command),
                user,
                workingDirectory,
                new TreeSet<>(ports),
                new TreeSet<>(volumes),
                new TreeMap<>(labels),
                stopSignal,
                health,
                List.copyOf(onBuild),
                List.copyOf(shell));
    }

    ConfigEditor created(Instant time) {
        created = time;
        return this;
    }

    /** Sets a variable, where it is or at the end. */
    ConfigEditor environment(String name, String value) {
        int at = 0;
        while (at < environment.size() && !environment.get(at).startsWith(name + "=")) {
            at++;
        }
        if (at < environment.size()) {
            environment.set(at, name + "=" + value);
        } else {
            environment.add(name + "=" + value);
        }
        return this;
    }

    ConfigEditor entrypoint(List<String> words) {
        entrypoint = words;
        return this;
    }

    ConfigEditor command(List<String> words) {
        command = words;
        return this;
    }

    ConfigEditor user(String name) {
        user = name;
        return this;
    }

    ConfigEditor workingDirectory(String folder) {
        workingDirectory = folder;
        return this;
    }

    ConfigEditor expose(String port) {
        ports.add(port);
        return this;
    }

    ConfigEditor volume(String path) {
        volumes.add(path);
        return this;
    }

    ConfigEditor withoutVolumes() {
        volumes = new TreeSet<>();
        return this;
    }

    ConfigEditor label(String name, String value) {
        labels.put(name, value);
        return this;
    }

    ConfigEditor stopSignal(String signal) {
        stopSignal = signal;
        return this;
    }

    ConfigEditor health(ImageHealth check) {
        health = Optional.of(check);
        return this;
    }

    ConfigEditor onBuild(String trigger) {
        onBuild.add(trigger);
        return this;
    }

    ConfigEditor withoutOnBuild() {
        onBuild.clear();
        return this;
    }

    ConfigEditor shell(List<String> words) {
        shell = words;
        return this;
    }
}
