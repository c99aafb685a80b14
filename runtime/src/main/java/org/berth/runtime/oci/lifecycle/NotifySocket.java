package org.berth.runtime.oci.lifecycle;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.berth.base.FileErrors;
import org.berth.linux.Descriptor;
import org.berth.linux.SystemCallException;
import org.berth.runtime.oci.config.Mount;
import org.berth.runtime.oci.config.OciConfig;

/**
 * The way by which a container's program tells the service manager that has started the runtime that it is
 * ready (sd_notify(3)). The manager's own socket is not given away: the container gets a folder with a
 * socket of ours, in the place that the manager's has on the host, and only "ready" is passed on, with the
 * process's id as the runtime knows it.
 */
final class NotifySocket implements AutoCloseable {
    private static final String VARIABLE = "NOTIFY_SOCKET";
    private static final String NAME = "notify";
    private static final String READY = "READY=1";
    private static final int MESSAGE_MAX = 4096;

    private final Descriptor ours;
    private final Optional<Descriptor> manager;

    private NotifySocket(Descriptor ours, Optional<Descriptor> manager) {
        this.ours = ours;
        this.manager = manager;
    }

    /** The manager's; empty when there is none, or one without a place in the file system. */
    private static Optional<Path> given(Map<String, String> environment) {
        return Optional.ofNullable(environment.get(VARIABLE))
                .filter(name -> name.startsWith("/"))
                .map(Path::of)
                .filter(path -> path.getNameCount() > 1);
    }

    /** The configuration with what lets the process tell, when a manager asks for it. */
    static OciConfig pass(OciConfig config, StateFolder folder) {
        return pass(config, folder, System.getenv());
    }

    static OciConfig pass(OciConfig config, StateFolder folder, Map<String, String> given) {
        Optional<Path> place = given(given);
        if (place.isEmpty() || config.process().isEmpty()) {
            return config;
        }
        makeFolder(folder.notifyFolder());
        List<Mount> mounts = new ArrayList<>(config.mounts());
        mounts.add(Mount.ofFolder(folder.notifyFolder().toString(), place.get().toString()));
        List<String> environment = new ArrayList<>(config.process().get().environment());
        environment.add(VARIABLE + "=" + place.get().resolve(NAME));
        return config.withMounts(mounts).withProcess(config.process().get().withEnvironment(environment));
    }

    private static void makeFolder(Path folder) {
        try {
            Files.createDirectories(folder);
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        } catch (IOException e) {
            throw FileErrors.of("make " + folder, e);
        }
    }

    /** Opens the container's socket, before its program runs; empty when it was created without one. */
    static Optional<NotifySocket> open(StateFolder folder, Consumer<String> warn) {
        return open(folder, System.getenv(), warn);
    }

    static Optional<NotifySocket> open(StateFolder folder, Map<String, String> given, Consumer<String> warn) {
        Optional<Path> place = given(given);
        if (place.isEmpty() || !Files.isDirectory(folder.notifyFolder())) {
            return Optional.empty();
        }
        Descriptor ours = Kernel.bindDatagrams(folder.notifyFolder(), NAME);
        try {
            Files.setPosixFilePermissions(
                    folder.notifyFolder().resolve(NAME), PosixFilePermissions.fromString("rw-rw-rw-"));
        } catch (IOException e) {
            ours.close();
            throw FileErrors.of("make " + folder.notifyFolder().resolve(NAME), e);
        }
        return Optional.of(new NotifySocket(ours, manager(place.get(), warn)));
    }

    private static Optional<Descriptor> manager(Path place, Consumer<String> warn) {
        try {
            return Optional.of(Kernel.connectDatagrams(place));
        } catch (SystemCallException e) {
            warn.accept(VARIABLE + ": " + e.getMessage());
            return Optional.empty();
        }
    }

    /** Waits until the process says that it is ready, and passes that on; or until it ends. */
    void await(Descriptor process, long pid) {
        while (manager.isPresent()) {
            var first = Kernel.poll(Long.MAX_VALUE, ours, process);
            if (first.isPresent() && first.getAsInt() == 1) {
                return;
            }
            String message = new String(Kernel.read(ours, MESSAGE_MAX), StandardCharsets.UTF_8);
            if (message.lines().anyMatch(READY::equals)) {
                byte[] text = (READY + "\nMAINPID=" + pid).getBytes(StandardCharsets.UTF_8);
                Kernel.write(manager.get(), text);
                return;
            }
        }
    }

    @Override
    public void close() {
        ours.close();
        manager.ifPresent(Descriptor::close);
    }
}
