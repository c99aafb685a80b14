package org.berth.runtime.oci.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.linux.launch.LaunchPrinter;
import org.berth.linux.launch.LaunchProgram;
import org.berth.runtime.oci.config.Hooks.Hook;
import org.berth.runtime.oci.config.OciConfig;
import org.berth.runtime.oci.plan.BundlePlacement.CopiedFile;
import org.berth.runtime.oci.plan.BundlePlacement.Filter;
import org.berth.runtime.plan.Placement.Group;
import org.junit.jupiter.api.Test;

/**
 * Goal: every system call that makes a bundle's container is seen in a review. Method: the printed
 * program is compared with a file; {@code -Dgolden.update=true} writes the files anew.
 */
class GoldenBundleTest {
    private static final Path FILES = Path.of("src/test/resources/org/berth/runtime/oci/plan");
    private static final List<Group> HYBRID = List.of(
            new Group(Path.of("/sys/fs/cgroup/memory/box"), "memory", false),
            new Group(Path.of("/sys/fs/cgroup/unified/box"), "unified", true));

    private static final String PLAIN = """
            {"ociVersion": "1.2.1", "root": {"path": "rootfs", "readonly": true}, "hostname": "box",
             "process": {"cwd": "/srv", "args": ["server"], "env": ["PATH=/usr/bin:/bin"],
               "user": {"uid": 1000, "gid": 1000, "additionalGids": [5]}, "noNewPrivileges": true,
               "capabilities": {"bounding": ["CAP_KILL"], "permitted": ["CAP_KILL"], "effective": ["CAP_KILL"],
                 "inheritable": ["CAP_KILL"], "ambient": ["CAP_KILL"]},
               "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 10, "hard": 20}]},
             "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
               {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"]},
               {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["ro", "nosuid"]},
               {"destination": "/data", "source": "/host/data", "options": ["rbind", "rro", "rprivate"]},
               {"destination": "/etc/hosts", "source": "/host/hosts", "options": ["bind", "ro"]}],
             "linux": {"namespaces": [{"type": "pid"}, {"type": "network", "path": "/run/netns/a"}, {"type": "mount"},
                 {"type": "uts"}, {"type": "ipc"}, {"type": "cgroup"}],
               "sysctl": {"net.ipv4.ip_forward": "1"},
               "maskedPaths": ["/proc/kcore"], "readonlyPaths": ["/proc/sys"]}}""";

    private static final String USERS = """
            {"ociVersion": "1.2.1", "root": {"path": "rootfs"},
             "process": {"cwd": "/", "args": ["/bin/server"], "terminal": true,
               "consoleSize": {"height": 24, "width": 80}, "oomScoreAdj": 7,
               "rlimits": [{"type": "RLIMIT_NPROC", "soft": 10, "hard": 20}]},
             "mounts": [{"destination": "/dev/pts", "type": "devpts", "options": ["newinstance"]},
               {"destination": "/tmp", "type": "tmpfs", "options": ["tmpcopyup", "ro"]},
               {"destination": "/mapped", "source": "/host/data", "options": ["bind", "idmap"],
                "uidMappings": [{"size": 1}], "gidMappings": [{"size": 1}]}],
             "linux": {"namespaces": [{"type": "user"}, {"type": "mount"}, {"type": "time"}, {"type": "network"}],
               "uidMappings": [{"containerID": 0, "hostID": 100000, "size": 65536}],
               "gidMappings": [{"containerID": 0, "hostID": 100000, "size": 65536}],
               "timeOffsets": {"boottime": {"secs": 5}}}}""";

    @Test
    void aPlainBundle() throws IOException {
        check("bundle", BundlePlan.of(OciConfig.parse(PLAIN), placement(0, Map.of(), Optional.empty())));
    }

    @Test
    void aUserNamespaceATerminalAndAListener() throws IOException {
        Optional<Filter> filter = Optional.of(new Filter(new byte[16], 2, true));
        check("users", BundlePlan.of(OciConfig.parse(USERS), placement(2, Map.of(2, 0), filter)));
    }

    @Test
    void oneMoreProcess() throws IOException {
        OciConfig config = OciConfig.parse(USERS);
        BundlePlacement placement = placement(1, Map.of(), Optional.of(new Filter(new byte[8], 0, false)));
        check("join", JoinPlan.of(config.linux(), config.process().orElseThrow(), placement));
    }

    @Test
    void aHook() throws IOException {
        Hook hook = new Hook("/hook", List.of("hook", "a"), List.of("A=b"), Optional.empty());
        OciConfig config = OciConfig.parse(USERS);
        BundlePlacement placement = placement(0, Map.of(), Optional.of(new Filter(new byte[8], 0, true)));
        check("hook", HookPlan.of(config, config.process().orElseThrow(), hook, placement));
    }

    @Test
    void aHookBeforeTheRootIsEntered() throws IOException {
        Hook hook = new Hook("/hook", List.of("hook", "a"), List.of("A=b"), Optional.empty());
        check("hook-before", HookPlan.before(OciConfig.parse(USERS).linux(), hook, "/bundle", "/bundle/rootfs"));
    }

    @Test
    void devicesAreBoundWhereTheMachinesRootIsNotThere() {
        OciConfig config = OciConfig.parse(PLAIN);
        List<String> program =
                LaunchPrinter.print(BundlePlan.of(config, placement(0, Map.of(), Optional.empty(), false)));
        assertThat(program).noneMatch(line -> line.contains("make the device"));
        assertThat(program).anyMatch(line -> line.contains("bind the device /dev/null") && line.contains("open_tree"));
    }

    private static BundlePlacement placement(int preserved, Map<Integer, Integer> idMaps, Optional<Filter> filter) {
        return placement(preserved, idMaps, filter, true);
    }

    private static BundlePlacement placement(
            int preserved, Map<Integer, Integer> idMaps, Optional<Filter> filter, boolean privileged) {
        CopiedFile folder = new CopiedFile(CopiedFile.Kind.FOLDER, "a", "", 0755, 1, 2, 0);
        CopiedFile file = new CopiedFile(CopiedFile.Kind.FILE, "a/b", "", 0644, 1, 2, 9);
        return new BundlePlacement(
                Path.of("/bundle/rootfs"),
                Path.of("/run/box/exec.fifo"),
                Path.of("/run/box/result.fifo"),
                HYBRID,
                filter,
                preserved,
                idMaps,
                Set.of(4),
                Map.of(1, List.of(folder, file)),
                Optional.of("/home/me"),
                true,
                true,
                privileged,
                true,
                40,
                true,
                Set.of(1));
    }

    private static void check(String name, LaunchProgram program) throws IOException {
        String printed = String.join("\n", LaunchPrinter.print(program)) + "\n\n"
                + String.join("\n", LaunchPrinter.printData(program)) + "\n";
        Path file = FILES.resolve(name + ".txt");
        if (Boolean.getBoolean("golden.update")) {
            Files.createDirectories(FILES);
            Files.writeString(file, printed);
        }
        assertThat(printed).isEqualTo(Files.readString(file));
    }
}
