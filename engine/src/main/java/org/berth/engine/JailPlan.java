package org.berth.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.engine.ContainerRequest.NetworkMode;
import org.berth.linux.cgroup.DeviceAccess;
import org.berth.linux.cgroup.DeviceRule;
import org.berth.linux.cgroup.GroupResources;
import org.berth.linux.cgroup.GroupResources.BlockIo;
import org.berth.linux.cgroup.GroupResources.DeviceWeight;
import org.berth.linux.cgroup.GroupResources.Throttle;
import org.berth.runtime.Capabilities;
import org.berth.runtime.Isolation;
import org.berth.runtime.Isolation.JoinedIpc;
import org.berth.runtime.Isolation.Kind;
import org.berth.runtime.Isolation.Namespaces;
import org.berth.runtime.ProcessSpec.Bounds;
import org.berth.runtime.Resources;

/** What a {@link JailRequest} is in the runtime's words. Reads nothing but the machine's device nodes. */
final class JailPlan {
    /** The choice that records calls: its listener needs no_new_privs. */
    private static final String LEARN = "learn";

    private static final Pattern RULE =
            Pattern.compile("([abc]) ([0-9]{1,9}|\\*):([0-9]{1,9}|\\*) (?!.*(.).*\\4)([rwm]{1,3})");
    private static final Set<String> OF_IPC = Set.of(
            "kernel.msgmax",
            "kernel.msgmnb",
            "kernel.msgmni",
            "kernel.sem",
            "kernel.shmall",
            "kernel.shmmax",
            "kernel.shmmni",
            "kernel.shm_rmid_forced");
    private static final int DOMAIN_LENGTH_MAX = 64;
    private static final int SCORE_MAX = 1000;

    private final ContainerRequest request;
    private final JailRequest jail;

    private JailPlan(ContainerRequest request) {
        this.request = request;
        this.jail = request.jail().orElse(JailRequest.STANDARD);
    }

    /** Whether its system calls are to be learned. */
    static boolean learns(ContainerRequest request) {
        return request.seccomp().equals(Optional.of(LEARN));
    }

    static JailPlan of(ContainerRequest request) {
        return new JailPlan(request);
    }

    /** @throws BerthException INVALID, for what is wrong whatever the machine is like */
    void check() {
        var _ = capabilities();
        jail.deviceRules().forEach(JailPlan::rule);
        jail.devices().forEach(device -> access(device.access()));
        jail.settings().forEach(this::checkSetting);
        jail.domainName().filter(name -> name.length() > DOMAIN_LENGTH_MAX).ifPresent(name -> {
            throw invalid("domain name '" + name + "': at most " + DOMAIN_LENGTH_MAX + " characters");
        });
        jail.outOfMemoryScore().ifPresent(score -> {
            if (Math.abs((long) score) > SCORE_MAX) {
                throw invalid("Invalid value " + score + ", range for oom score adj is [-1000, 1000]");
            }
        });
        jail.sharedMemoryBytes().ifPresent(bytes -> {
            if (bytes <= 0) {
                throw invalid("SHM size can not be less than 0");
            }
        });
        if (jail.shared().contains(Kind.PID) && request.init()) {
            throw invalid("an init is process 1 of a pid namespace of its own: choose it, or pid: host");
        }
        if (jail.processesOf().isPresent() && request.init()) {
            throw invalid("an init is process 1 of a pid namespace of its own: choose it, or another container's");
        }
        if (jail.ipcOf().isPresent() && jail.sharedMemoryBytes().isPresent()) {
            throw invalid("the size of /dev/shm is for that container to say whose ipc is joined: leave shm_size out");
        }
    }

    /** docker's rules (its TweakCapabilities): what is dropped goes from what is given, "ALL" is every one. */
    Capabilities capabilities() {
        if (jail.privileged()) {
            return Own.CAPABILITIES;
        }
        Set<String> added = names(jail.addedCapabilities());
        Set<String> dropped = names(jail.droppedCapabilities());
        Set<String> all = new HashSet<>(Capabilities.STANDARD.names());
        if (added.contains("ALL")) {
            all.addAll(Own.CAPABILITIES.names());
        } else if (dropped.contains("ALL")) {
            all.clear();
        }
        if (!dropped.contains("ALL")) {
            all.removeAll(dropped);
        }
        added.stream().filter(name -> !name.equals("ALL")).forEach(all::add);
        return new Capabilities(all);
    }

    /** Read when they are first asked for. */
    private static final class Own {
        static final Capabilities CAPABILITIES = read();

        private Own() {}

        private static Capabilities read() {
            Path status = Path.of("/proc/self/status");
            try {
                return Capabilities.allOf(Files.readString(status));
            } catch (IOException e) {
                throw Folders.failed("read", status, e);
            }
        }
    }

    private static Set<String> names(List<String> written) {
        Set<String> names = new HashSet<>();
        for (String word : written) {
            String name = word.toUpperCase(Locale.ROOT).replaceFirst("^CAP_", "");
            if (!name.equals("ALL")) {
                var _ = new Capabilities(Set.of(name)); // refuses what is none
            }
            names.add(name);
        }
        return names;
    }

    /** The filter of system calls: none for a privileged one that has not chosen. */
    Optional<String> seccomp() {
        return request.seccomp().or(() -> jail.privileged() ? Optional.of("unconfined") : Optional.empty());
    }

    /** Of every process in it. */
    Optional<Bounds> bounds() {
        boolean gains = (jail.gainsPrivileges() || jail.privileged()) && !learns(request);
        Bounds bounds = new Bounds(gains, jail.limits(), jail.outOfMemoryScore());
        return bounds.equals(Bounds.STANDARD) ? Optional.empty() : Optional.of(bounds);
    }

    /**
     * @param processes the pid namespace to join, when the request names a container
     * @param ipc the IPC namespace likewise
     */
    Optional<Isolation> isolation(Optional<Path> processes, Optional<JoinedIpc> ipc) {
        Isolation isolation = new Isolation(
                new Namespaces(jail.shared(), processes, ipc),
                devices(),
                jail.settings(),
                jail.domainName(),
                jail.sharedMemoryBytes(),
                jail.privileged() ? Optional.of(List.of()) : jail.maskedPaths(),
                jail.privileged() ? Optional.of(List.of()) : jail.readOnlyPaths(),
                jail.privileged());
        return isolation.equals(Isolation.STANDARD) ? Optional.empty() : Optional.of(isolation);
    }

    private List<Isolation.Device> devices() {
        if (jail.privileged()) {
            return HostDevices.all();
        }
        return jail.devices().stream()
                .flatMap(device -> HostDevices.find(device).stream())
                .toList();
    }

    /** With the rules of devices and disks, which name the machine's. */
    Resources resources() {
        if (!jail.privileged()
                && jail.devices().isEmpty()
                && jail.deviceRules().isEmpty()
                && jail.diskLimits().isEmpty()) {
            return request.resources();
        }
        GroupResources more = request.resources().more().orElse(GroupResources.NONE);
        return request.resources().with(more.withDevices(deviceAccess()).withBlockIo(blockIo(more.blockIo())));
    }

    private Optional<List<DeviceAccess>> deviceAccess() {
        if (jail.privileged()) {
            return Optional.of(List.of(DeviceAccess.all(true)));
        }
        if (jail.devices().isEmpty() && jail.deviceRules().isEmpty()) {
            return Optional.empty();
        }
        List<DeviceAccess> rules = new ArrayList<>(DeviceAccess.withStandard(List.of()));
        for (JailRequest.Device wanted : jail.devices()) {
            HostDevices.find(wanted)
                    .forEach(device -> rules.add(new DeviceAccess(
                            true, device.kind(), device.major(), device.minor(), access(wanted.access()))));
        }
        jail.deviceRules().forEach(rule -> rules.add(rule(rule)));
        return Optional.of(rules);
    }

    private static String access(String text) {
        if (!text.matches("[rwm]{1,3}") || text.chars().distinct().count() != text.length()) {
            throw invalid("invalid device mode: " + text + ": expected some of r, w, m");
        }
        return text;
    }

    private static DeviceAccess rule(String text) {
        Matcher rule = RULE.matcher(text);
        if (!rule.matches()) {
            throw invalid("invalid device cgroup rule format: '" + text + "': expected one like 'c 10:200 rwm'");
        }
        return new DeviceAccess(
                true, rule.group(1).charAt(0), deviceNumber(rule.group(2)), deviceNumber(rule.group(3)), rule.group(5));
    }

    private static long deviceNumber(String text) {
        return text.equals("*") ? DeviceRule.ANY : Long.parseLong(text);
    }

    private BlockIo blockIo(BlockIo before) {
        List<DeviceWeight> weights = new ArrayList<>(before.deviceWeights());
        List<Throttle> throttles = new ArrayList<>(before.throttles());
        for (JailRequest.DiskLimit limit : jail.diskLimits()) {
            Isolation.Device disk = HostDevices.number(limit.device());
            limit.kind()
                    .ifPresentOrElse(
                            kind -> throttles.add(new Throttle(kind, disk.major(), disk.minor(), limit.rate())),
                            () -> weights.add(new DeviceWeight(
                                    disk.major(),
                                    disk.minor(),
                                    OptionalInt.of(Math.toIntExact(limit.rate())),
                                    OptionalInt.empty())));
        }
        return new BlockIo(before.weight(), before.leafWeight(), weights, throttles);
    }

    /** Settings of namespaces that are its own; all others are the whole machine's. */
    private void checkSetting(String name, String value) {
        boolean network = name.startsWith("net.");
        boolean ipc = OF_IPC.contains(name) || name.startsWith("fs.mqueue.");
        if (!name.matches("[a-z0-9_]+(\\.[a-zA-Z0-9_-]+)+") || !network && !ipc) {
            throw invalid(
                    "sysctl '" + name + "' is not allowed: it is not of a namespace of the container's own; those "
                            + "of net., fs.mqueue. and kernel.msg*, kernel.sem, kernel.shm* are");
        }
        if (network && request.networkMode() == NetworkMode.HOST
                || ipc && jail.shared().contains(Kind.IPC)) {
            throw invalid("sysctl '" + name + "' is not allowed: its namespace is the machine's here");
        }
        if (ipc && jail.ipcOf().isPresent()) {
            throw invalid("sysctl '" + name + "' is not allowed: its namespace is another container's here");
        }
        if (value.isEmpty() || value.indexOf('\0') >= 0) {
            throw invalid("sysctl '" + name + "' needs a value");
        }
    }

    private static BerthException invalid(String message) {
        return new BerthException(ErrorCode.INVALID, message);
    }
}
