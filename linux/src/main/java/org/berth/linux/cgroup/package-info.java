/**
 * Control groups: where they are mounted (v1, hybrid, v2; cgroups(7)), what is written for a limit
 * (a pure plan), and one group of processes in every hierarchy: limits, usage, freeze, kill, removal.
 *
 * <p>There are two ways in. {@link org.berth.linux.cgroup.Cgroups} makes an instance's own groups with the few limits
 * that its containers have, as fast as can be. {@link org.berth.linux.cgroup.GroupDriver} makes a group anywhere,
 * itself or through systemd, with all that OCI's {@code linux.resources} can say
 * ({@link org.berth.linux.cgroup.GroupResources}); {@link org.berth.linux.cgroup.ContainerGroup} is what it makes.
 *
 * <p>It must know nothing of what the processes are, and nothing of JSON.
 */
package org.berth.linux.cgroup;
