package org.berth.runtime.external;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.berth.base.Json;
import org.berth.linux.OwnUserNamespace;
import org.berth.linux.cgroup.DeviceRule;
import org.berth.runtime.ContainerSpec;
import org.berth.runtime.ContainerSpec.MountSpec;
import org.berth.runtime.ProcessSpec;
import org.berth.runtime.ProcessSpec.Bounds;
import org.berth.runtime.Resources;
import org.berth.runtime.plan.HostFacts;
import org.berth.runtime.plan.ProtectedPaths;

/**
 * A container's specification as config.json of OCI's runtime-spec, with the restrictions that our own
 * launch programs have.
 */
public final class BundleConfig {
    private static final String VERSION = "1.0.2";
    private static final int CPU_PERIOD_MICROSECONDS = 100_000;
    private static final long OPEN_FILES_MAX = 1_048_576;
    private static final List<String> SAFE = List.of("nosuid", "noexec", "nodev");

    private BundleConfig() {}

    /**
     * The file's bytes.
     *
     * @param root its root, relative to the bundle
     * @param cgroup its control group, an absolute path below the hierarchies
     */
    public static byte[] of(ContainerSpec spec, String root, String cgroup, HostFacts host) {
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("ociVersion", VERSION);
        config.put("hostname", spec.hostname());
        config.put("root", Map.of("path", root, "readonly", spec.readOnlyRoot()));
        config.put("process", process(spec.process(), host.openFilesMax()));
        config.put("mounts", mounts(spec));
        config.put("linux", linux(spec, cgroup, host));
        return Json.MAPPER.writeValueAsBytes(config);
    }

    /** One more process of a container. @param openFiles the most files that a process of this machine may have open */
    public static byte[] of(ProcessSpec process, long openFiles) {
        return Json.MAPPER.writeValueAsBytes(process(process, openFiles));
    }

    private static Map<String, Object> process(ProcessSpec process, long openFiles) {
        List<String> capabilities = process.capabilities().names().stream()
                .sorted()
                .map(name -> "CAP_" + name)
                .toList();
        List<String> effective = process.user().uid() == 0 ? capabilities : List.of();
        Map<String, Object> written = new LinkedHashMap<>();
        written.put("terminal", process.terminal());
        written.put(
                "user",
                Map.of(
                        "uid", process.user().uid(),
                        "gid", process.user().gid(),
                        "umask", 022,
                        "additionalGids", process.user().additional()));
        written.put("args", process.arguments());
        written.put("env", process.environment());
        written.put("cwd", process.workingDirectory());
        written.put("capabilities", Map.of("bounding", capabilities, "effective", effective, "permitted", effective));
        Bounds bounds = process.bounds().orElse(Bounds.STANDARD);
        written.put("noNewPrivileges", !bounds.gainsPrivileges());
        bounds.outOfMemoryScore().ifPresent(score -> written.put("oomScoreAdj", score));
        written.put("rlimits", limits(bounds, Math.min(OPEN_FILES_MAX, openFiles)));
        return written;
    }

    private static List<Object> limits(Bounds bounds, long openFiles) {
        List<Object> limits = new ArrayList<>();
        bounds.limits().forEach(limit -> limits.add(limit(limit.name(), limit.soft(), limit.hard())));
        if (bounds.limits().stream().noneMatch(limit -> limit.name().equals("nofile"))) {
            limits.add(limit("nofile", openFiles, openFiles));
        }
        return limits;
    }

    /** No limit is the highest number of 64 bits. */
    private static Object limit(String name, long soft, long hard) {
        return Map.of(
                "type",
                "RLIMIT_" + name.toUpperCase(Locale.ROOT),
                "soft",
                new BigInteger(Long.toUnsignedString(soft)),
                "hard",
                new BigInteger(Long.toUnsignedString(hard)));
    }

    private static List<Object> mounts(ContainerSpec spec) {
        List<Object> mounts = new ArrayList<>(List.of(
                mount("/proc", "proc", "proc", SAFE),
                mount("/dev", "tmpfs", "tmpfs", List.of("nosuid", "strictatime", "mode=755", "size=65536k")),
                mount(
                        "/dev/pts",
                        "devpts",
                        "devpts",
                        List.of("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5")),
                mount("/dev/shm", "tmpfs", "shm", with(SAFE, "mode=1777", "size=65536k")),
                mount("/dev/mqueue", "mqueue", "mqueue", SAFE),
                mount("/sys", "sysfs", "sysfs", with(SAFE, "ro")),
                mount("/sys/fs/cgroup", "cgroup", "cgroup", with(SAFE, "ro"))));
        spec.mounts().forEach(extra -> mounts.add(mount(extra)));
        return mounts;
    }

    private static Object mount(MountSpec extra) {
        return switch (extra) {
            case MountSpec.Bind bind ->
                mount(
                        bind.target(),
                        "bind",
                        bind.source().toString(),
                        List.of("rbind", "rprivate", bind.readOnly() ? "ro" : "rw"));
            case MountSpec.Temporary temporary -> {
                List<String> options = new ArrayList<>(SAFE);
                Arrays.stream(temporary.options().split(",", -1))
                        .filter(option -> !option.isEmpty())
                        .forEach(options::add);
                yield mount(temporary.target(), "tmpfs", "tmpfs", options);
            }
        };
    }

    private static List<String> with(List<String> options, String... more) {
        List<String> all = new ArrayList<>(options);
        all.addAll(List.of(more));
        return all;
    }

    private static Object mount(String destination, String type, String source, List<String> options) {
        return Map.of("destination", destination, "type", type, "source", source, "options", options);
    }

    private static Map<String, Object> linux(ContainerSpec spec, String cgroup, HostFacts host) {
        List<Object> namespaces = new ArrayList<>();
        for (String type : List.of("pid", "ipc", "uts", "mount", "cgroup")) {
            namespaces.add(Map.of("type", type));
        }
        namespaces.add(spec.networkNamespace()
                .<Object>map(path -> Map.of("type", "network", "path", path.toString()))
                .orElseGet(() -> Map.of("type", "network")));
        Map<String, Object> linux = new LinkedHashMap<>();
        linux.put("namespaces", namespaces);
        linux.put("cgroupsPath", cgroup);
        linux.put("resources", resources(spec.resources()));
        linux.put("maskedPaths", ProtectedPaths.masked(host.processors()));
        linux.put("readonlyPaths", ProtectedPaths.READ_ONLY);
        linux.put(
                "sysctl",
                new TreeMap<>(Map.of(
                        "net.ipv4.ip_unprivileged_port_start",
                        "0",
                        "net.ipv4.ping_group_range",
                        "0 " + OwnUserNamespace.lastGroup(Integer.MAX_VALUE))));
        if (spec.seccomp().isEmpty()) {
            linux.put("seccomp", BundleSeccomp.of(spec.process().capabilities().names()));
        }
        return linux;
    }

    private static Map<String, Object> resources(Resources limits) {
        Map<String, Object> resources = new LinkedHashMap<>();
        List<Object> devices = new ArrayList<>(List.of(Map.of("allow", false, "access", "rwm")));
        DeviceRule.STANDARD.forEach(rule -> devices.add(device(rule)));
        resources.put("devices", devices);
        limits.memoryBytes().ifPresent(bytes -> resources.put("memory", Map.of("limit", bytes, "swap", bytes)));
        limits.cpus()
                .ifPresent(cpus -> resources.put(
                        "cpu",
                        Map.of(
                                "period",
                                CPU_PERIOD_MICROSECONDS,
                                "quota",
                                Math.round(cpus * CPU_PERIOD_MICROSECONDS))));
        limits.pids().ifPresent(pids -> resources.put("pids", Map.of("limit", pids)));
        return resources;
    }

    private static Object device(DeviceRule rule) {
        Map<String, Object> device = new LinkedHashMap<>();
        device.put("allow", true);
        device.put("type", String.valueOf(rule.kind()));
        if (rule.major() != DeviceRule.ANY) {
            device.put("major", rule.major());
        }
        if (rule.minor() != DeviceRule.ANY) {
            device.put("minor", rule.minor());
        }
        device.put("access", rule.access());
        return device;
    }
}
