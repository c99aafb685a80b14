package org.berth.runtime.plan;

import org.berth.runtime.ContainerSpec.MountSpec;

/**
 * A mount of the specification with what the host says of its source.
 *
 * @param folder whether its target is a folder (or else a file)
 */
public record PlannedMount(MountSpec mount, boolean folder) {}
