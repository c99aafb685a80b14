package org.berth.engine;

import java.util.Map;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes a container off the machine: what it holds while it runs, and all of it. Under its lock. */
final class Removal {
    private static final Logger LOG = LoggerFactory.getLogger(Removal.class);

    private final Node node;
    private final Registry registry;
    private final Launcher launcher;
    private final Execs execs;

    Removal(Node node, Registry registry, Launcher launcher, Execs execs) {
        this.node = node;
        this.registry = registry;
        this.launcher = launcher;
        this.execs = execs;
    }

    /** The record says what goes on until all is gone, so that a daemon killed meanwhile goes on with it. */
    void remove(LiveContainer container, boolean volumes) {
        container.due(Timer.Task.NONE);
        container.beginRemoval();
        ContainerRecord record = container.record();
        if (container.holds()) {
            letGo(container);
            if (container.holds()) {
                throw new BerthException(
                        ErrorCode.KERNEL,
                        "container " + record.name()
                                + " is not removed: a process of it does not end; the daemon's log says why. Remove it again");
            }
        }
        node.images().release(record.id());
        Folders.delete(container.folder());
        registry.remove(container);
        record.users().ifPresent(range -> node.users().release(record.request()));
        execs.forget(container);
        if (volumes) {
            record.anonymousVolumes().forEach(name -> node.volumes().remove(name, true));
        }
        container.endRun();
        node.logs().ring(container.folder());
        node.events().add(container, "destroy", Map.of());
        container.waiters.removed(container.lastExit());
    }

    /** What it held of the machine. A part that can't be let go of is said and does not keep the rest. */
    void letGo(LiveContainer container) {
        container.holds(false);
        try {
            node.runtime().delete(container.id());
        } catch (RuntimeException e) {
            container.holds(true); // its removal tries again
            LOG.warn("could not remove what is left of {}", container.id(), e);
        }
        try {
            launcher.release(container.record());
        } catch (RuntimeException e) {
            LOG.warn("could not let go of what {} held", container.id(), e);
        }
    }
}
