/**
 * The pure planner: a container's or an exec's specification, with facts of the host, becomes a
 * launch program. One class for each part of a birth (monitor, root, mounts, devices, privileges,
 * program). It must not touch the kernel, a file or a clock.
 */
package org.berth.runtime.plan;
