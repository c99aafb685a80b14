package org.berth.linux.cgroup;

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

    /** Removes a group; its processes have ended. Idempotent. */
    void delete(GroupPath path, ContainerGroup group);

    /** The driver that makes folders ("cgroupfs"), on this machine. */
    static GroupDriver folders(CgroupLayout layout, Tolerance tolerance) {
        return new FolderDriver(layout, tolerance);
    }

    /** What is done about hierarchies we may not write to. */
    enum Tolerance {
        /** They fail. */
        NONE,
        /** An ordinary user's container goes without; what is to be set there fails. */
        ROOTLESS
    }
}
