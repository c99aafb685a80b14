package org.berth.runtime;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * The capabilities (capabilities(7)) of a process: bounding, permitted and effective are this set
 * (effective and permitted only for user 0); inheritable and ambient are empty (CVE-2022-29162).
 *
 * @param names without the prefix, upper case: {@code NET_RAW}
 */
public record Capabilities(Set<String> names) {
    /** Every capability by its number (linux/capability.h). */
    private static final List<String> BY_NUMBER = List.of(
            "CHOWN",
            "DAC_OVERRIDE",
            "DAC_READ_SEARCH",
            "FOWNER",
            "FSETID",
            "KILL",
            "SETGID",
            "SETUID",
            "SETPCAP",
            "LINUX_IMMUTABLE",
            "NET_BIND_SERVICE",
            "NET_BROADCAST",
            "NET_ADMIN",
            "NET_RAW",
            "IPC_LOCK",
            "IPC_OWNER",
            "SYS_MODULE",
            "SYS_RAWIO",
            "SYS_CHROOT",
            "SYS_PTRACE",
            "SYS_PACCT",
            "SYS_ADMIN",
            "SYS_BOOT",
            "SYS_NICE",
            "SYS_RESOURCE",
            "SYS_TIME",
            "SYS_TTY_CONFIG",
            "MKNOD",
            "LEASE",
            "AUDIT_WRITE",
            "AUDIT_CONTROL",
            "SETFCAP",
            "MAC_OVERRIDE",
            "MAC_ADMIN",
            "SYSLOG",
            "WAKE_ALARM",
            "BLOCK_SUSPEND",
            "AUDIT_READ",
            "PERFMON",
            "BPF",
            "CHECKPOINT_RESTORE");

    /**
     * Every one of a process: more than the daemon's own no container can have.
     *
     * @param status a process's status with its line "CapBnd:" (proc_pid_status(5))
     */
    public static Capabilities allOf(String status) {
        long mask = status.lines()
                .filter(line -> line.startsWith("CapBnd:"))
                .map(line -> Long.parseUnsignedLong(
                        line.substring("CapBnd:".length()).strip(), 16))
                .findFirst()
                .orElse(0L);
        Set<String> names = new TreeSet<>();
        for (int number = 0; number < BY_NUMBER.size(); number++) {
            if ((mask & 1L << number) != 0) {
                names.add(BY_NUMBER.get(number));
            }
        }
        return new Capabilities(names);
    }

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

    /**
     * @throws BerthException INVALID when a name is no capability
     */
    public Capabilities {
        names = Set.copyOf(names);
        for (String name : names) {
            if (!BY_NUMBER.contains(name)) {
                throw new BerthException(
                        ErrorCode.INVALID,
                        "capability " + name + " does not exist; expected a name of capabilities(7) in upper case "
                                + "without CAP_, as NET_RAW");
            }
        }
    }

    /** Their numbers, ascending. */
    public Set<Integer> numbers() {
        Set<Integer> numbers = new TreeSet<>();
        names.forEach(name -> numbers.add(BY_NUMBER.indexOf(name)));
        return numbers;
    }

    /** A capability's name as the kernel's headers write it, "CAP_NET_RAW"; "capability 99" when it has none here. */
    public static String name(int number) {
        return number < BY_NUMBER.size() ? "CAP_" + BY_NUMBER.get(number) : "capability " + number;
    }
}
