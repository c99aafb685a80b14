package org.berth.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.berth.base.FileErrors;
import org.berth.base.Instance;
import org.berth.runtime.external.RuntimeCommand;

/**
 * Our own runtime, and others where they are asked for by name. A container belongs to the one that has started
 * it, for good: its folder says which, so that another daemon knows.
 */
public final class Runtimes implements ContainerRuntime, AutoCloseable {
    /** The name of our own. */
    public static final String OWN = "berth";

    private final Instance instance;
    private final Path containers;
    private final LinuxRuntime own;
    private final Map<String, ExternalRuntime> others = new ConcurrentHashMap<>();

    /** The runtimes of one instance. Other ones are looked for when they are asked for. */
    public Runtimes(Instance instance, LinuxRuntime own) {
        this.instance = instance;
        this.containers = instance.run().resolve("containers");
        this.own = own;
    }

    /** Names of those that are there, ours first. */
    public static List<String> installed() {
        List<String> names = new java.util.ArrayList<>(List.of(OWN));
        names.addAll(RuntimeCommand.installed().keySet());
        return names;
    }

    @Override
    public ContainerRuntime named(String name) {
        if (name.equals(OWN)) {
            return own;
        }
        return others.computeIfAbsent(name, key -> new ExternalRuntime(instance, RuntimeCommand.of(key)));
    }

    private ContainerRuntime of(String containerId) {
        Path mark = containers.resolve(ProcessFolder.checked(containerId)).resolve(ExternalRuntime.MARK);
        try {
            return Files.exists(mark) ? named(Files.readString(mark)) : own;
        } catch (NoSuchFileException e) {
            return own;
        } catch (IOException e) {
            throw FileErrors.of("read " + mark, e);
        }
    }

    @Override
    public StartedProcess launch(ContainerSpec spec, Output output, Meanwhile meanwhile) {
        return own.launch(spec, output, meanwhile);
    }

    @Override
    public StartedProcess exec(String containerId, String execId, ProcessSpec process, Output output) {
        return of(containerId).exec(containerId, execId, process, output);
    }

    @Override
    public Optional<StartedProcess> find(String containerId) {
        return of(containerId).find(containerId);
    }

    @Override
    public List<String> ids() {
        return own.ids();
    }

    @Override
    public void kill(String containerId, int signal) {
        of(containerId).kill(containerId, signal);
    }

    @Override
    public boolean lives(String containerId) {
        return of(containerId).lives(containerId);
    }

    @Override
    public void freeze(String containerId, boolean frozen) {
        of(containerId).freeze(containerId, frozen);
    }

    @Override
    public void delete(String containerId) {
        of(containerId).delete(containerId);
    }

    @Override
    public void settle(String containerId) {
        own.settle(containerId);
    }

    @Override
    public Optional<Usage> usage(String containerId) {
        return of(containerId).usage(containerId);
    }

    @Override
    public List<Long> processes(String containerId) {
        return of(containerId).processes(containerId);
    }

    @Override
    public void update(String containerId, Resources resources) {
        of(containerId).update(containerId, resources);
    }

    @Override
    public List<String> warnings() {
        return own.warnings();
    }

    @Override
    public Explanation explain(String containerId) {
        return of(containerId).explain(containerId);
    }

    @Override
    public void close() {
        others.values().forEach(ExternalRuntime::close);
        own.close();
    }
}
