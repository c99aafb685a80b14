package org.berth.runtime.oci.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.berth.base.BerthException;
import org.berth.base.Instance;
import org.berth.base.JsonTree;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.launch.Operand;
import org.berth.linux.launch.Outcome;
import org.berth.linux.launch.Step;
import org.berth.testing.KernelTest;
import org.berth.testing.Leftovers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import tools.jackson.databind.node.ObjectNode;

/**
 * Goal: a creation or start that fails at any step of the launch program leaves no process, mount, control
 * group or folder. Method: the same bundle is created and started again and again, each time with
 * another step made to fail; {@code -Dberth.failure.stride=1} tries every one, else every fifth.
 */
@KernelTest
class BundleFailureKernelTest {
    private static final int STRIDE = Integer.getInteger("berth.failure.stride", 5);
    private static final Step FAILING = new Step(
            "made to fail",
            Call.COMPUTE,
            List.of(Operand.number(0), Operand.number(1)),
            Optional.empty(),
            Outcome.MUST_SUCCEED);

    private final TestReporter report;

    BundleFailureKernelTest(TestReporter report) {
        this.report = report;
    }

    @Test
    void aPlainBundle(Instance instance) {
        failEverywhere(instance, new Bundle(instance), 0);
    }

    @Test
    void aBundleWithAUserNamespace(Instance instance) {
        Bundle bundle = new Bundle(instance);
        var linux = (ObjectNode) bundle.config.get("linux");
        linux.withArray("namespaces").addObject().put("type", "user");
        for (String maps : List.of("uidMappings", "gidMappings")) {
            linux.withArray(maps)
                    .addObject()
                    .put("containerID", 0)
                    .put("hostID", 0)
                    .put("size", 65_536);
        }
        failEverywhere(instance, bundle, 2);
    }

    @Test
    void aBundleWithAllThatAProgramCanHold(Instance instance) throws IOException {
        Bundle bundle = new Bundle(instance);
        Files.createDirectories(bundle.folder.resolve("data"));
        var process = (ObjectNode) bundle.config.get("process");
        process.set("scheduler", JsonTree.read("{\"policy\": \"SCHED_BATCH\", \"nice\": 3}"));
        process.set("rlimits", JsonTree.read("[{\"type\": \"RLIMIT_NOFILE\", \"soft\": 64, \"hard\": 64}]"));
        process.set("user", JsonTree.read("{\"uid\": 7, \"gid\": 8, \"additionalGids\": [9]}"));
        process.put("oomScoreAdj", 100);
        var linux = (ObjectNode) bundle.config.get("linux");
        linux.withArray("namespaces").addObject().put("type", "time");
        linux.set("timeOffsets", JsonTree.read("{\"boottime\": {\"secs\": 5}}"));
        linux.set("sysctl", JsonTree.read("{\"net.ipv4.ip_forward\": \"1\"}"));
        linux.set("maskedPaths", JsonTree.read("[\"/proc/kcore\", \"/proc/acpi\"]"));
        linux.set("readonlyPaths", JsonTree.read("[\"/proc/sys\"]"));
        linux.set("devices", JsonTree.read("[{\"type\": \"c\", \"path\": \"/dev/mine\", \"major\": 1, \"minor\": 5}]"));
        linux.set("seccomp", JsonTree.read("""
                {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["swapon"], "action": "SCMP_ACT_ERRNO"}]}"""));
        for (String mount : List.of(
                "{\"destination\": \"/sys\", \"type\": \"sysfs\", \"source\": \"sysfs\", \"options\": [\"ro\"]}",
                "{\"destination\": \"/sys/fs/cgroup\", \"type\": \"cgroup\", \"source\": \"cgroup\"}",
                "{\"destination\": \"/dev/pts\", \"type\": \"devpts\", \"source\": \"devpts\"}",
                "{\"destination\": \"/data\", \"source\": \"" + bundle.folder.resolve("data")
                        + "\", \"options\": [\"rbind\", \"rro\", \"nosuid\"]}")) {
            bundle.config.withArray("mounts").add(JsonTree.read(mount));
        }
        for (String kind : List.of("prestart", "createRuntime", "createContainer", "poststart", "poststop")) {
            bundle.hook(kind, "true");
        }
        failEverywhere(instance, bundle, 0);
    }

    private void failEverywhere(Instance instance, Bundle given, int first) {
        AtomicInteger failing = new AtomicInteger(first);
        AtomicInteger length = new AtomicInteger(Integer.MAX_VALUE);
        int failures = 0;
        int tried = 0;
        try (Bundle bundle = given.changing(program -> {
            length.set(program.position(program.failure()));
            return with(program, failing.get());
        })) {
            for (; failing.get() < length.get(); failing.addAndGet(STRIDE)) {
                failures += lives(bundle) ? 0 : 1;
                assertThat(bundle.state().path()).as("step " + failing.get()).doesNotExist();
                assertThat(Leftovers.whileOpen(instance))
                        .as("step " + failing.get())
                        .isEmpty();
                tried++;
            }
        }
        report.publishEntry(length.get() + " steps, " + tried + " tried, " + failures + " failures");
        assertThat(failures).isGreaterThan(length.get() / STRIDE / 3);
    }

    /** Whether it could be started: steps that are jumped over harm nothing. */
    private static boolean lives(Bundle bundle) {
        boolean created = false;
        try {
            bundle.create();
            created = true;
            bundle.containers().start(bundle.id);
            return true;
        } catch (BerthException e) {
            // the last steps come after the process has said that it is ready
            assertThat(e.getMessage()).containsAnyOf("made to fail", "cannot start a container that has stopped");
            return false;
        } finally {
            if (created) {
                bundle.containers().delete(bundle.id, true);
            }
            assertThat(bundle.processes()).isEmpty();
        }
    }

    private static LaunchProgram with(LaunchProgram program, int failing) {
        List<Step> steps = new ArrayList<>(program.steps());
        if (failing < program.position(program.failure())) {
            steps.set(failing, FAILING);
        }
        return new LaunchProgram(steps, program.data(), program.marks(), program.failure(), program.status());
    }
}
