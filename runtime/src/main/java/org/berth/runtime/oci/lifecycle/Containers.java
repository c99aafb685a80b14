package org.berth.runtime.oci.lifecycle;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Descriptor;
import org.berth.linux.cgroup.ContainerGroup;
import org.berth.linux.cgroup.GroupStatistics;
import org.berth.runtime.oci.config.LinuxPart;
import org.berth.runtime.oci.config.OciConfig;
import org.berth.runtime.oci.config.Resources;

/** The operations of an OCI runtime on the containers of one state folder. */
public final class Containers {
    private final Environment environment;

    public Containers(Environment environment) {
        this.environment = environment;
    }

    /** A container as it is now. */
    public record Seen(ContainerState state, Status status) {
        /** Its first process; 0 when it has none. */
        public long pid() {
            return status == Status.STOPPED ? 0 : state.pid();
        }
    }

    /** Creates a container, which then waits for {@link #start}. */
    public void create(CreateRequest request) {
        Creation.Created created = Creation.create(environment, request);
        created.process().close();
    }

    /** Starts a created container. */
    public void start(String id) {
        StateFolder folder = environment.store().existing(id);
        Optional<NotifySocket> notify = NotifySocket.open(folder, environment.warn());
        try {
            new Starting(environment, folder).start();
            notify.ifPresent(socket -> awaitReady(socket, folder));
        } finally {
            notify.ifPresent(NotifySocket::close);
        }
    }

    private static void awaitReady(NotifySocket socket, StateFolder folder) {
        folder.state()
                .ifPresent(state -> Processes.open(state).ifPresent(process -> {
                    try (process) {
                        socket.await(process, state.pid());
                    }
                }));
    }

    /**
     * Creates and starts a container; when the request says that the command waits, also waits and deletes.
     *
     * @param keep whether it is left undeleted
     * @return its exit code; 0 when nobody waits
     */
    public int run(CreateRequest request, boolean keep) {
        Creation.Created created = Creation.create(environment, request);
        // not before: until here a signal ends this process, and with it what it has made so far
        Optional<SignalPipe> signals = request.waits() ? Optional.of(SignalPipe.open()) : Optional.empty();
        boolean deletes = request.waits() && !keep;
        try (Descriptor process = created.process()) {
            Optional<Thread> relay = created.terminal().map(Terminal::relay);
            Optional<NotifySocket> notify;
            try {
                notify = NotifySocket.open(created.folder(), environment.warn());
                new Starting(environment, created.folder()).start();
            } catch (RuntimeException e) {
                Kernel.signal(process, Kernel.SIGKILL);
                Kernel.reap(process);
                deletes = true;
                throw e;
            }
            if (signals.isEmpty()) {
                notify.ifPresent(socket -> awaitReady(socket, created.folder()));
                return 0;
            }
            notify.ifPresent(socket -> Thread.ofPlatform().daemon().start(() -> {
                try (socket) {
                    awaitReady(socket, created.folder());
                }
            }));
            return new Foreground(process, signals.get(), created.terminal(), relay).await();
        } finally {
            created.terminal().ifPresent(Terminal::close);
            if (deletes && environment.store().find(request.id()).isPresent()) {
                new Deletion(environment, created.folder()).delete(true);
            }
        }
    }

    /** Runs one more process in a container. @return its exit code; 0 when nobody waits */
    public int exec(ExecRequest request) {
        return new Joining(environment, request).exec();
    }

    /** How it is. @throws BerthException NOT_FOUND */
    public Seen state(String id) {
        StateFolder folder = environment.store().existing(id);
        return folder.state()
                .map(state -> new Seen(state, Status.of(folder, state)))
                .orElseThrow(() -> StateStore.missing(id));
    }

    /** All of them, by id; one that can't be read is warned of. */
    public List<Seen> list() {
        List<Seen> all = new ArrayList<>();
        for (String id : environment.store().ids()) {
            try {
                environment.store().find(id).flatMap(StateFolder::state).ifPresent(state -> {
                    all.add(new Seen(state, Status.of(environment.store().folder(id), state)));
                });
            } catch (RuntimeException e) {
                environment.warn().accept(String.valueOf(e.getMessage()));
            }
        }
        return all;
    }

    /** Sends a signal to the first process, or to every one. @param all those of all its control groups */
    public void kill(String id, int signal, boolean all) {
        Seen seen = state(id);
        Optional<ContainerGroup> groups = Groups.of(seen.state());
        if (all && groups.isPresent()) {
            groups.get().signalAll(signal);
            return;
        }
        if (seen.status() == Status.STOPPED || seen.status() == Status.CREATING) {
            throw notRunning(id);
        }
        try (Descriptor process = Processes.open(seen.state()).orElseThrow(() -> notRunning(id))) {
            if (!Kernel.signal(process, signal)) {
                throw notRunning(id);
            }
        }
        if (signal == Kernel.SIGKILL && !hasPidNamespace(id)) {
            groups.ifPresent(ContainerGroup::killAll); // nobody else ends the others when the first one goes
        }
    }

    private boolean hasPidNamespace(String id) {
        return environment.store().existing(id).config().map(OciConfig::parse).stream()
                .anyMatch(config -> config.linux().makes(org.berth.runtime.oci.config.Namespace.Kind.PID));
    }

    private static BerthException notRunning(String id) {
        return new BerthException(ErrorCode.CONFLICT, "container not running: \"" + id + "\"");
    }

    /** Deletes one. @param force also one that runs; one that does not exist is no error then */
    public void delete(String id, boolean force) {
        Optional<StateFolder> folder = environment.store().find(id);
        if (folder.isEmpty() && force) {
            return;
        }
        new Deletion(environment, folder.orElseThrow(() -> StateStore.missing(id))).delete(force);
    }

    /** Stops all its processes from being scheduled. */
    public void pause(String id) {
        Seen seen = state(id);
        if (seen.status() != Status.RUNNING && seen.status() != Status.CREATED) {
            throw notRunning(id);
        }
        groups(seen.state()).freeze(true);
    }

    /** Lets them go on. */
    public void resume(String id) {
        Seen seen = state(id);
        if (seen.status() != Status.PAUSED) {
            throw new BerthException(ErrorCode.CONFLICT, "container not paused: \"" + id + "\"");
        }
        groups(seen.state()).freeze(false);
    }

    /** Changes what it may use; what is not named stays. */
    public void update(String id, Resources resources) {
        Seen seen = state(id);
        if (seen.status() == Status.STOPPED) {
            throw notRunning(id);
        }
        Optional<LinuxPart> linux =
                environment.store().folder(id).config().map(OciConfig::parse).map(OciConfig::linux);
        Groups.update(seen.state(), linux, groups(seen.state()), GroupSettings.updating(resources));
    }

    /** The ids of all its processes. */
    public List<Long> processes(String id) {
        Seen seen = state(id);
        return groups(seen.state()).processes();
    }

    /** What it uses. */
    public GroupStatistics statistics(String id) {
        Seen seen = state(id);
        if (seen.status() == Status.STOPPED) {
            throw notRunning(id);
        }
        return groups(seen.state()).statistics();
    }

    private static ContainerGroup groups(ContainerState state) {
        return Groups.of(state)
                .orElseThrow(() -> new BerthException(
                        ErrorCode.UNSUPPORTED, "container \"" + state.id() + "\" has no control groups"));
    }
}
