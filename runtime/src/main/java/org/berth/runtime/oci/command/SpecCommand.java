package org.berth.runtime.oci.command;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.FileErrors;
import org.berth.runtime.oci.lifecycle.JsonText;

/** {@code spec}: a config.json to begin with. */
final class SpecCommand {
    private static final List<Option> OPTIONS =
            List.of(Option.flag("help,h"), Option.value("bundle,b"), Option.value("file,f"), Option.flag("rootless"));
    private static final List<String> CAPABILITIES = List.of("CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE");
    private static final int FILES_MAX = 1024;

    private SpecCommand() {}

    static int run(List<String> given) {
        Words words = Words.read("spec", OPTIONS, given, true);
        Path file = Path.of(words.value("bundle").orElse(""))
                .resolve(words.value("file").orElse("config.json"))
                .toAbsolutePath();
        String text = JsonText.pretty(document(words.has("rootless"))) + "\n";
        try {
            Files.writeString(file, text, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (FileAlreadyExistsException e) {
            throw new BerthException(ErrorCode.CONFLICT, "file " + file + " exists, remove it first", e);
        } catch (IOException e) {
            throw FileErrors.of("write " + file, e);
        }
        return 0;
    }

    /** The configuration. @param rootless for an ordinary user, whose id is the container's root */
    static Map<String, Object> document(boolean rootless) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("ociVersion", "1.2.1");
        all.put("process", process());
        all.put("root", map("path", "rootfs", "readonly", true));
        all.put("hostname", "berth");
        all.put("mounts", mounts(rootless));
        all.put("linux", linux(rootless));
        return all;
    }

    /** Has it run this without a terminal. */
    static void setCommand(Map<String, Object> document, List<String> arguments) {
        Map<String, Object> process = process();
        process.put("terminal", false);
        process.put("args", arguments);
        document.put("process", process);
    }

    private static Map<String, Object> process() {
        return map(
                "terminal", true,
                "user", map("uid", 0, "gid", 0),
                "args", List.of("sh"),
                "env", List.of("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"),
                "cwd", "/",
                "capabilities", map("bounding", CAPABILITIES, "effective", CAPABILITIES, "permitted", CAPABILITIES),
                "rlimits", List.of(map("type", "RLIMIT_NOFILE", "hard", FILES_MAX, "soft", FILES_MAX)),
                "noNewPrivileges", true);
    }

    private static List<Object> mounts(boolean rootless) {
        List<Object> mounts = new ArrayList<>();
        mounts.add(map("destination", "/proc", "type", "proc", "source", "proc"));
        mounts.add(mount("/dev", "tmpfs", "tmpfs", "nosuid,strictatime,mode=755,size=65536k"));
        String terminals = "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620";
        mounts.add(mount("/dev/pts", "devpts", "devpts", rootless ? terminals : terminals + ",gid=5"));
        mounts.add(mount("/dev/shm", "tmpfs", "shm", "nosuid,noexec,nodev,mode=1777,size=65536k"));
        mounts.add(mount("/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev"));
        mounts.add(
                rootless
                        ? mount("/sys", "none", "/sys", "rbind,nosuid,noexec,nodev,ro")
                        : mount("/sys", "sysfs", "sysfs", "nosuid,noexec,nodev,ro"));
        mounts.add(mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid,noexec,nodev,relatime,ro"));
        return mounts;
    }

    private static Map<String, Object> mount(String destination, String type, String source, String options) {
        return map(
                "destination", destination, "type", type, "source", source, "options", List.of(options.split(",", -1)));
    }

    private static Map<String, Object> linux(boolean rootless) {
        Map<String, Object> linux = new LinkedHashMap<>();
        List<Object> namespaces = new ArrayList<>();
        for (String type : List.of("pid", "network", "ipc", "uts", "mount", "cgroup")) {
            if (!rootless || !type.equals("network")) {
                namespaces.add(map("type", type));
            }
        }
        if (rootless) {
            namespaces.add(map("type", "user"));
            linux.put("uidMappings", List.of(map("containerID", 0, "hostID", id("uid"), "size", 1)));
            linux.put("gidMappings", List.of(map("containerID", 0, "hostID", id("gid"), "size", 1)));
        } else {
            linux.put("resources", map("devices", List.of(map("allow", false, "access", "rwm"))));
        }
        linux.put("namespaces", namespaces);
        linux.put(
                "maskedPaths",
                List.of(
                        "/proc/acpi",
                        "/proc/asound",
                        "/proc/kcore",
                        "/proc/keys",
                        "/proc/latency_stats",
                        "/proc/timer_list",
                        "/proc/timer_stats",
                        "/proc/sched_debug",
                        "/proc/scsi",
                        "/sys/firmware",
                        "/sys/devices/virtual/powercap"));
        linux.put("readonlyPaths", List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"));
        return linux;
    }

    private static Object id(String attribute) {
        try {
            return Files.getAttribute(Path.of("/proc/self"), "unix:" + attribute);
        } catch (IOException e) {
            throw FileErrors.of("read the owner of /proc/self", e);
        }
    }

    /** Names and values in turn. */
    private static Map<String, Object> map(Object... members) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < members.length; i += 2) {
            map.put(String.valueOf(members[i]), members[i + 1]);
        }
        return map;
    }
}
