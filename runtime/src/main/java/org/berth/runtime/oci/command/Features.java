package org.berth.runtime.oci.command;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.berth.runtime.Capabilities;
import org.berth.runtime.oci.lifecycle.JsonText;

/** {@code features}: what this runtime knows (runtime-spec, features.md). It does not depend on the machine. */
final class Features {
    private static final int LAST_CAPABILITY = 40;

    private static final String MOUNT_OPTIONS = """
            async atime bind defaults dev diratime dirsync exec iversion lazytime loud mand noatime nodev nodiratime \
            noexec noiversion nolazytime nomand norelatime nostrictatime nosuid nosymfollow private rbind relatime \
            remount ro rprivate rshared rslave runbindable rw shared silent slave strictatime suid symfollow sync \
            tmpcopyup unbindable idmap ridmap rro rrw rnosuid rsuid rnodev rdev rnoexec rexec rnodiratime rdiratime \
            rrelatime rnorelatime rnoatime ratime rstrictatime rnostrictatime rnosymfollow rsymfollow""";

    private Features() {}

    static int print() {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("ociVersionMin", "1.0.0");
        all.put("ociVersionMax", "1.3.0");
        all.put(
                "hooks",
                List.of("prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"));
        all.put("mountOptions", List.of(MOUNT_OPTIONS.split(" ", -1)));
        all.put("linux", linux());
        all.put("annotations", Map.of("org.berth.version", "0.1.0"));
        all.put(
                "potentiallyUnsafeConfigAnnotations",
                List.of("run.oci.keep_original_groups", "run.oci.seccomp_fail_unknown_syscall"));
        System.out.println(JsonText.pretty(all));
        return 0;
    }

    private static Map<String, Object> linux() {
        Map<String, Object> linux = new LinkedHashMap<>();
        linux.put("namespaces", List.of("cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"));
        List<String> capabilities = new ArrayList<>();
        for (int number = 0; number <= LAST_CAPABILITY; number++) {
            capabilities.add(Capabilities.name(number));
        }
        linux.put("capabilities", capabilities);
        Map<String, Object> groups = new LinkedHashMap<>();
        groups.put("v1", true);
        groups.put("v2", true);
        groups.put("systemd", true);
        groups.put("systemdUser", true);
        groups.put("rdma", true);
        linux.put("cgroup", groups);
        linux.put("seccomp", seccomp());
        Map<String, Object> enabled = Map.of("enabled", true);
        linux.put("apparmor", enabled);
        linux.put("selinux", enabled);
        linux.put("intelRdt", Map.of("enabled", false));
        linux.put("memoryPolicy", memoryPolicy());
        linux.put("mountExtensions", Map.of("idmap", enabled));
        linux.put("netDevices", enabled);
        return linux;
    }

    private static Map<String, Object> seccomp() {
        Map<String, Object> seccomp = new LinkedHashMap<>();
        seccomp.put("enabled", true);
        seccomp.put(
                "actions",
                List.of(
                        "SCMP_ACT_ALLOW",
                        "SCMP_ACT_ERRNO",
                        "SCMP_ACT_KILL",
                        "SCMP_ACT_KILL_PROCESS",
                        "SCMP_ACT_KILL_THREAD",
                        "SCMP_ACT_LOG",
                        "SCMP_ACT_NOTIFY",
                        "SCMP_ACT_TRACE",
                        "SCMP_ACT_TRAP"));
        seccomp.put(
                "operators",
                List.of(
                        "SCMP_CMP_EQ",
                        "SCMP_CMP_GE",
                        "SCMP_CMP_GT",
                        "SCMP_CMP_LE",
                        "SCMP_CMP_LT",
                        "SCMP_CMP_MASKED_EQ",
                        "SCMP_CMP_NE"));
        seccomp.put("archs", List.of("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"));
        List<String> flags = List.of(
                "SECCOMP_FILTER_FLAG_TSYNC",
                "SECCOMP_FILTER_FLAG_LOG",
                "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
                "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV");
        seccomp.put("knownFlags", flags);
        seccomp.put("supportedFlags", flags);
        return seccomp;
    }

    private static Map<String, Object> memoryPolicy() {
        Map<String, Object> policy = new LinkedHashMap<>();
        policy.put(
                "modes",
                List.of(
                        "MPOL_DEFAULT",
                        "MPOL_BIND",
                        "MPOL_INTERLEAVE",
                        "MPOL_WEIGHTED_INTERLEAVE",
                        "MPOL_PREFERRED",
                        "MPOL_PREFERRED_MANY",
                        "MPOL_LOCAL"));
        policy.put("flags", List.of("MPOL_F_NUMA_BALANCING", "MPOL_F_RELATIVE_NODES", "MPOL_F_STATIC_NODES"));
        return policy;
    }
}
