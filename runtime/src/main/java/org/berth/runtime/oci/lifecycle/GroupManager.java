package org.berth.runtime.oci.lifecycle;

/** Who makes a container's control groups. */
public enum GroupManager {
    /** We, by making folders ("cgroupfs"). */
    FOLDERS,
    /** The host's systemd. */
    SYSTEMD,
    /** Nobody: it stays in those of its creator. */
    DISABLED
}
