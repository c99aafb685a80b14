package org.berth.runtime;

import java.util.Set;

/**
 * The capabilities (capabilities(7)) of a process: bounding, permitted and effective are this set
 * (effective and permitted only for user 0); inheritable and ambient are empty (CVE-2022-29162).
 *
 * @param names without the prefix, upper case: {@code NET_RAW}
 */
public record Capabilities(Set<String> names) {
    /** Those that docker's engine gives by default. */
    public static final Capabilities STANDARD = new Capabilities(Set.of(
            "CHOWN",
            "DAC_OVERRIDE",
            "FSETID",
            "FOWNER",
            "MKNOD",
            "NET_RAW",
            "SETGID",
            "SETUID",
            "SETFCAP",
            "SETPCAP",
            "NET_BIND_SERVICE",
            "SYS_CHROOT",
            "KILL",
            "AUDIT_WRITE"));

    public Capabilities {
        names = Set.copyOf(names);
    }
}
