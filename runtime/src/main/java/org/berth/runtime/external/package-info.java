/**
 * Other OCI runtimes (runc, crun, runsc, kata), driven by the command line they share: which there are, what
 * their bundle's config.json says, what their commands are. Knows nothing of how a process is watched.
 */
@org.jspecify.annotations.NullMarked
package org.berth.runtime.external;
