/**
 * What a daemon of an ordinary user lives in: a user namespace with the ids that the machine gives the user (subuid(5)),
 * and mounts and a network of its own in it. Knows nothing of containers, nor of the daemon.
 */
@NullMarked
package org.berth.linux.rootless;

import org.jspecify.annotations.NullMarked;
