/**
 * The pure planner of OCI bundles: config.json, with facts of the host, becomes a launch program. It
 * shares the parts of {@code org.berth.runtime.plan}; it must not touch the kernel, a file or a clock.
 */
package org.berth.runtime.oci.plan;
