/**
 * A Debian root made from the Debian archive: which sources to use, whether what they serve is what
 * the archive's keys signed, which packages belong to the root, their files and dpkg's records of
 * them, and their configuration.
 *
 * <p>The way of a bootstrap: {@code SourceChoice} says where the release may come from, {@code Suites}
 * finds its verified suites there, {@code Selection} chooses the packages, {@code PackageFlow} brings
 * and unpacks them, {@code DpkgRecords} writes down what dpkg would have, {@code Configuration} has the
 * maintainer scripts run, {@code RootFinish} makes the rest. It must not know how a program is
 * isolated: that is the {@link org.berth.image.RootRunner} it is given. No place of an archive is
 * built in.
 */
@NullMarked
package org.berth.image.debian;

import org.jspecify.annotations.NullMarked;
