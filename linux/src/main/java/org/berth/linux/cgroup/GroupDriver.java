package org.berth.linux.cgroup;

import java.nio.file.Path;
import java.util.Optional;
import org.berth.base.BerthException;

/** Who makes containers' groups: we, by making folders, or systemd, by starting a scope. */
public interface GroupDriver {
    /**
     * Makes a group and sets its resources; when that fails nothing is left of it.
     *
     * @param path of the driver's own kind
     * @throws BerthException CONFLICT when the group has processes already; INVALID, UNSUPPORTED or KERNEL
     *     naming the setting that can't be had, its file and the reason
     */
    ContainerGroup create(GroupPath path, GroupResources resources);

    /**
     * Says that the container's process is in the group now: whatever held its place may go. To be called once after
     * {@link #create}, also when the container failed to start.
     */
    default void joined(ContainerGroup group) {}

    /** Sets what the resources name, as {@link ContainerGroup#update}, where the driver keeps account of it too. */
    default void update(GroupPath path, ContainerGroup group, GroupResources resources) {
        group.update(resources);
    }

    /** Removes a group; its processes have ended. Idempotent. */
    void delete(GroupPath path, ContainerGroup group);

    /** The driver that makes folders ("cgroupfs"), on this machine. */
    static GroupDriver folders(CgroupLayout layout, Tolerance tolerance) {
        return new FolderDriver(layout, tolerance);
    }

    /**
     * The driver that asks systemd ("systemd"): the machine's for the superuser, else the user's own.
     *
     * @param user our effective user id
     * @param runtimeFolder XDG_RUNTIME_DIR
     * @param work takes an executable for a moment where memory files can't be executed
     */
    static GroupDriver systemd(
            CgroupLayout layout, Tolerance tolerance, long user, Optional<Path> runtimeFolder, Path work) {
        return new SystemdDriver(layout, tolerance, SystemdDriver.place(user, runtimeFolder), work);
    }

    /** What is done about hierarchies we may not write to. */
    enum Tolerance {
        /** They fail. */
        NONE,
        /** An ordinary user's container goes without; what is to be set there fails. */
        ROOTLESS
    }
}
