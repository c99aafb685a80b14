package org.berth.runtime.oci.lifecycle;

import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Descriptor;
import org.berth.linux.cgroup.ContainerGroup;
import org.berth.runtime.oci.config.OciConfig;

/** The operation "delete": what "create" made is taken away, then the poststop hooks run. */
final class Deletion {
    private static final long END_TIMEOUT_NANOS = 10_000_000_000L;

    private final Environment environment;
    private final StateFolder folder;

    Deletion(Environment environment, StateFolder folder) {
        this.environment = environment;
        this.folder = folder;
    }

    /**
     * Deletes a container.
     *
     * @param force also one that runs: it is killed
     */
    void delete(boolean force) {
        try (var _ = folder.lock()) {
            Optional<ContainerState> stored = folder.state().or(folder::draft);
            if (stored.isPresent()) {
                refuse(Status.of(folder, stored.get()), force);
                delete(stored.get());
            }
            folder.delete();
        }
    }

    private void refuse(Status status, boolean force) {
        boolean ended = status == Status.STOPPED || status == Status.CREATED;
        if (!ended && !force) {
            throw new BerthException(
                    ErrorCode.CONFLICT, "cannot delete container " + folder.id() + " that is not stopped: " + status);
        }
    }

    private void delete(ContainerState state) {
        Optional<ContainerGroup> groups = Groups.of(state);
        Processes.open(state).ifPresent(process -> {
            try (process) {
                end(process, groups);
            }
        });
        groups.ifPresent(ContainerGroup::killAll);
        Optional<OciConfig> config = folder.config().map(OciConfig::parse);
        groups.ifPresent(group -> Groups.delete(state, config.map(OciConfig::linux), group));
        config.ifPresent(known -> new HookRunner(environment, folder, known, state).poststop());
    }

    private static void end(Descriptor process, Optional<ContainerGroup> groups) {
        Kernel.signal(process, Kernel.SIGKILL);
        groups.filter(ContainerGroup::frozen).ifPresent(group -> group.freeze(false));
        if (Kernel.poll(END_TIMEOUT_NANOS, process).isEmpty()) {
            throw new BerthException(
                    ErrorCode.TIMEOUT,
                    "the container's process did not end within " + END_TIMEOUT_NANOS / 1_000_000_000L
                            + " s of SIGKILL");
        }
    }
}
