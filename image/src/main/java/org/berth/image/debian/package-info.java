/**
 * A Debian root made from the Debian archive: which sources to use, whether what they serve is what
 * the archive's keys signed, which packages belong to the root, their files and dpkg's records of
 * them, and their configuration.
 *
 * <p>The way of a bootstrap: {@link org.berth.image.debian.DebianBootstrap} asks {@code Sources} for
 * the sources, {@code Archive} for their signed indices and packages, {@code Selection} for the set,
 * {@code RootFiller} to unpack each package as it arrives, and {@code Configuration} to have the
 * maintainer scripts run. It must not know how a program is isolated: that is the {@link
 * org.berth.image.RootRunner} it is given. No host name of a mirror is built in.
 */
@NullMarked
package org.berth.image.debian;

import org.jspecify.annotations.NullMarked;
