package org.berth.runtime.oci.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.runtime.oci.config.Namespace.Kind;
import org.berth.runtime.oci.config.OciProcess.Policy;

/**
 * What the parts of a configuration mean together: what contradicts itself or would reach out of the
 * container is an error, what is only odd a warning.
 */
public final class Validation {
    private static final Set<String> IPC_SYSCTLS = Set.of(
            "kernel.auto_msgmni",
            "kernel.msg_next_id",
            "kernel.msgmax",
            "kernel.msgmnb",
            "kernel.msgmni",
            "kernel.sem",
            "kernel.sem_next_id",
            "kernel.shm_next_id",
            "kernel.shm_rmid_forced",
            "kernel.shmall",
            "kernel.shmmax",
            "kernel.shmmni");
    private static final int NICE_LOWEST = 19;
    private static final int NICE_HIGHEST = -20;
    private static final int INTERFACE_NAME_MAX = 15;

    private final OciConfig config;
    private final LinuxPart linux;
    private final List<String> warnings = new ArrayList<>();

    private Validation(OciConfig config) {
        this.config = config;
        this.linux = config.linux();
    }

    /**
     * Checks a configuration.
     *
     * @return warnings, for the log
     * @throws BerthException INVALID for a contradiction, UNSUPPORTED for what is known but not there
     */
    public static List<String> check(OciConfig config) {
        Validation validation = new Validation(config);
        validation.version();
        validation.root();
        validation.names();
        validation.namespaces();
        validation.mounts();
        config.process().ifPresent(process -> validation.warnings.addAll(check(process)));
        linuxSysctls(config);
        validation.netDevices();
        validation.unsupported();
        return List.copyOf(validation.warnings);
    }

    /** Checks a process, as of exec. @return warnings */
    public static List<String> check(OciProcess process) {
        if (process.arguments().isEmpty()) {
            throw ConfigNode.error("process.args", "expected at least one argument, found none");
        }
        if (process.arguments().getFirst().isEmpty()) {
            throw ConfigNode.error("process.args[0]", "expected a program, found an empty text");
        }
        process.scheduler().ifPresent(Validation::scheduler);
        for (String variable : process.environment()) {
            if (variable.indexOf('=') < 1) {
                throw ConfigNode.error("process.env", "expected NAME=VALUE, found \"" + variable + "\"");
            }
        }
        List<String> unknown = process.capabilities().unknown();
        return unknown.isEmpty() ? List.of() : List.of("ignoring unknown capabilities: " + String.join(", ", unknown));
    }

    private void version() {
        String version = config.ociVersion();
        if (!version.matches("1\\.[0-9]+\\.[0-9]+([-+].*)?")) {
            throw ConfigNode.error("ociVersion", "expected a version 1.x.y, found \"" + version + "\"");
        }
    }

    private void root() {
        if (config.root().isEmpty()) {
            throw ConfigNode.error("root", "expected a value, found nothing");
        }
    }

    /** A name would become the host's. */
    private void names() {
        if (config.hostname().isPresent() && !linux.has(Kind.UTS)) {
            throw ConfigNode.error("hostname", "unable to set hostname without a private UTS namespace");
        }
        if (config.domainname().isPresent() && !linux.has(Kind.UTS)) {
            throw ConfigNode.error("domainname", "unable to set domainname without a private UTS namespace");
        }
    }

    private void namespaces() {
        if (!linux.has(Kind.MOUNT)
                && !(linux.maskedPaths().isEmpty() && linux.readonlyPaths().isEmpty())) {
            throw ConfigNode.error(
                    "linux.maskedPaths", "unable to restrict sys entries without a private MNT namespace");
        }
        boolean mapped = !linux.uidMappings().isEmpty() || !linux.gidMappings().isEmpty();
        if (mapped && !linux.has(Kind.USER)) {
            throw ConfigNode.error(
                    "linux.uidMappings",
                    "user namespace mappings specified, but user namespace isn't enabled in the config");
        }
        if (linux.makes(Kind.USER)
                && (linux.uidMappings().isEmpty() || linux.gidMappings().isEmpty())) {
            throw ConfigNode.error(
                    "linux.uidMappings",
                    "expected uidMappings and gidMappings for a new user namespace, found no "
                            + (linux.uidMappings().isEmpty() ? "uidMappings" : "gidMappings"));
        }
        if (linux.makes(Kind.USER)) {
            mapsRoot("linux.uidMappings", linux.uidMappings());
            mapsRoot("linux.gidMappings", linux.gidMappings());
        }
        if (!linux.timeOffsets().isEmpty() && !linux.makes(Kind.TIME)) {
            throw ConfigNode.error(
                    "linux.timeOffsets", "time namespace offsets specified, but no new time namespace in the config");
        }
        absolute("linux.maskedPaths", linux.maskedPaths());
        absolute("linux.readonlyPaths", linux.readonlyPaths());
    }

    /** The namespace is set up by its root. */
    private static void mapsRoot(String path, List<IdMapping> mappings) {
        if (mappings.stream().noneMatch(mapping -> mapping.containerId() == 0)) {
            throw ConfigNode.error(path, "expected one that maps container id 0, found none");
        }
    }

    private static void absolute(String path, List<String> paths) {
        for (int i = 0; i < paths.size(); i++) {
            if (!paths.get(i).startsWith("/")) {
                throw ConfigNode.error(
                        path + "[" + i + "]", "expected an absolute path, found \"" + paths.get(i) + "\"");
            }
        }
    }

    private void mounts() {
        for (int i = 0; i < config.mounts().size(); i++) {
            mount("mounts[" + i + "]", config.mounts().get(i));
        }
        if (!config.mounts().isEmpty() && !linux.has(Kind.MOUNT)) {
            warnings.add("mounts: none of them is made: there is no mount namespace, and they would be the host's");
        }
    }

    private void mount(String path, Mount mount) {
        MountOptions options = mount.options();
        if (!mount.destination().startsWith("/")) {
            warnings.add(path + ".destination: relative destination path is deprecated, using it as relative to /: "
                    + mount.destination());
        }
        boolean idMapped = options.idMap().isPresent()
                || !mount.uidMappings().isEmpty()
                || !mount.gidMappings().isEmpty();
        if (idMapped && !mount.bind()) {
            throw ConfigNode.error(path, "id-mapped mounts are only supported for bind-mounts");
        }
        if (idMapped && mount.uidMappings().isEmpty() != mount.gidMappings().isEmpty()) {
            throw ConfigNode.error(path, "expected both uidMappings and gidMappings, or none");
        }
        if (idMapped && mount.uidMappings().isEmpty() && !linux.has(Kind.USER)) {
            throw ConfigNode.error(
                    path, "expected uidMappings and gidMappings for idmap without a user namespace, found none");
        }
        if (mount.bind() && mount.source().isEmpty() && !options.remount()) {
            throw ConfigNode.error(path + ".source", "expected a path for a bind, found nothing");
        }
        if (!mount.bind()
                && mount.type().isEmpty()
                && !options.remount()
                && options.propagation().isEmpty()) {
            throw ConfigNode.error(path + ".type", "expected a file system, or the option bind; found nothing");
        }
        if (options.copyUp()
                && mount.destination().replace("/", "").replace(".", "").isEmpty()) {
            throw ConfigNode.error(path + ".options", "tmpcopyup is not supported for the root itself");
        }
        if (options.copyUp() && !mount.type().equals(Optional.of("tmpfs"))) {
            throw ConfigNode.error(path + ".options", "tmpcopyup is only supported for tmpfs");
        }
    }

    private static void scheduler(OciProcess.Scheduler scheduler) {
        String path = "process.scheduler";
        Policy policy = scheduler.policy();
        if (policy == Policy.SCHED_ISO) {
            throw ConfigNode.error(path + ".policy", "SCHED_ISO is not supported: no kernel has it");
        }
        if (scheduler.nice() < NICE_HIGHEST || scheduler.nice() > NICE_LOWEST) {
            throw ConfigNode.error(path + ".nice", "expected a number from -20 to 19, found " + scheduler.nice());
        }
        boolean realtime = policy == Policy.SCHED_FIFO || policy == Policy.SCHED_RR;
        if (scheduler.priority() != 0 && !realtime) {
            throw ConfigNode.error(
                    path + ".priority", "priority can only be specified for SCHED_FIFO or SCHED_RR policy");
        }
        boolean deadline = scheduler.runtime() != 0 || scheduler.deadline() != 0 || scheduler.period() != 0;
        if (deadline && policy != Policy.SCHED_DEADLINE) {
            throw ConfigNode.error(
                    path, "runtime, deadline and period can only be specified for SCHED_DEADLINE policy");
        }
    }

    /** Only what belongs to a namespace that the container does not share with the host. */
    private static void linuxSysctls(OciConfig config) {
        LinuxPart linux = config.linux();
        for (Map.Entry<String, String> entry : linux.sysctl().entrySet()) {
            String key = sysctlName(entry.getKey());
            String path = "linux.sysctl." + entry.getKey();
            if (!key.matches("[A-Za-z0-9_]([A-Za-z0-9_./:@-]*[A-Za-z0-9_])?") || key.contains("..")) {
                throw ConfigNode.error(path, "expected the name of a sysctl as net.ipv4.ip_forward");
            }
            if (key.equals("kernel.hostname") && linux.has(Kind.UTS)) {
                throw ConfigNode.error(path, "sysctl is not allowed as it conflicts with the OCI hostname field");
            }
            if (key.equals("kernel.domainname")
                    && linux.has(Kind.UTS)
                    && config.domainname()
                            .filter(name -> !name.equals(entry.getValue()))
                            .isPresent()) {
                throw ConfigNode.error(path, "sysctl is not allowed as it conflicts with the OCI domainname field");
            }
            Optional<Kind> kind = namespace(key);
            if (kind.isEmpty() || !linux.has(kind.get())) {
                throw ConfigNode.error(path, "sysctl is not in a separate kernel namespace");
            }
        }
    }

    /** With dots, whichever of the two ways of sysctl(8) it is written: "net/ipv4/conf/eth0.1/mtu". */
    static String sysctlName(String key) {
        int dot = key.indexOf('.');
        int slash = key.indexOf('/');
        boolean slashes = slash >= 0 && (dot < 0 || slash < dot);
        return slashes ? key.replace('.', '\1').replace('/', '.').replace('\1', '/') : key;
    }

    /** Its file below /proc/sys. */
    public static String sysctlFile(String key) {
        return sysctlName(key).replace('/', '\1').replace('.', '/').replace('\1', '.');
    }

    /** The kind of namespace that a sysctl is of, by either way of writing it; empty: it is the machine's. */
    public static Optional<Kind> sysctlNamespace(String key) {
        return namespace(sysctlName(key));
    }

    private static Optional<Kind> namespace(String name) {
        if (IPC_SYSCTLS.contains(name) || name.startsWith("fs.mqueue.")) {
            return Optional.of(Kind.IPC);
        }
        if (name.startsWith("net.")) {
            return Optional.of(Kind.NETWORK);
        }
        if (name.equals("kernel.hostname") || name.equals("kernel.domainname")) {
            return Optional.of(Kind.UTS);
        }
        return name.startsWith("user.") ? Optional.of(Kind.USER) : Optional.empty();
    }

    private void netDevices() {
        if (!linux.netDevices().isEmpty() && !linux.has(Kind.NETWORK)) {
            throw ConfigNode.error(
                    "linux.netDevices", "unable to move network devices without a private NET namespace");
        }
        linux.netDevices().forEach((from, to) -> {
            interfaceName("linux.netDevices." + from, from);
            if (!to.isEmpty()) {
                interfaceName("linux.netDevices." + from + ".name", to);
            }
        });
    }

    private static void interfaceName(String path, String name) {
        boolean sound = !name.isEmpty()
                && name.length() <= INTERFACE_NAME_MAX
                && !name.equals(".")
                && !name.equals("..")
                && name.chars().noneMatch(c -> c == '/' || c == ':' || c <= ' ' || c == '%');
        if (!sound) {
            throw ConfigNode.error(path, "expected an interface's name, found \"" + name + "\"");
        }
    }

    private void unsupported() {
        if (linux.intelRdt()) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED, "linux.intelRdt: not supported: Berth does not manage resctrl groups");
        }
    }
}
