package org.berth.runtime.plan;

import org.berth.runtime.ContainerSpec.MountSpec;

/**
 * A mount of the specification with what the host says of its source.
 *
 * @param folder whether its target is a folder (or else a file)
 * @param mapped whether its source's file system can be seen through a mapping of ids
 */
public record PlannedMount(MountSpec mount, boolean folder, boolean mapped) {
    /** One whose ids can be mapped. */
    public PlannedMount(MountSpec mount, boolean folder) {
        this(mount, folder, true);
    }
}
