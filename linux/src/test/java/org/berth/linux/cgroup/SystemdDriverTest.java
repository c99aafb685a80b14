package org.berth.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.berth.base.BerthException;
import org.berth.base.Instance;
import org.berth.linux.cgroup.GroupDriver.Tolerance;
import org.berth.linux.dbus.Connection;
import org.berth.linux.dbus.Message;
import org.berth.linux.dbus.Message.Field;
import org.berth.linux.dbus.Message.Kind;
import org.berth.linux.dbus.Value;
import org.berth.testing.Await;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/**
 * The driver against a real bus, which refuses messages that are wrong in any byte, and a systemd played by the test:
 * it makes the scope's group, moves the process there, and says how the job ended.
 */
@KernelTest
class SystemdDriverTest {
    private static final Path DAEMON = Path.of("/usr/bin/dbus-daemon");
    private static final String SYSTEMD = "org.freedesktop.systemd1";
    private static final String MANAGER = "org.freedesktop.systemd1.Manager";
    private static final String JOB = "/org/freedesktop/systemd1/job/7";
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private final List<String> calls = Collections.synchronizedList(new ArrayList<>());
    private final CgroupLayout layout = CgroupLayout.discover();

    @Test
    void scopeIsStartedHeldUpdatedAndStopped(Instance instance) throws Exception {
        assumeTrue(Files.isExecutable(DAEMON), "no dbus-daemon is installed");
        Path socket = instance.run().resolve("bus");
        Files.createDirectories(instance.run());
        Process daemon = new ProcessBuilder(
                        DAEMON.toString(), "--session", "--nofork", "--nopidfile", "--address=unix:path=" + socket)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        String parent = "berth-" + instance.tag();
        GroupPath.Systemd path = new GroupPath.Systemd(parent + ".slice", parent + "-one.scope");
        SystemdDriver.Place place = new SystemdDriver.Place(socket, true, 0);
        Thread systemd = Thread.ofPlatform().daemon().unstarted(() -> play(place, parent));
        try {
            Await.until("the bus listens", DEADLINE, () -> Files.exists(socket));
            systemd.start();
            Await.until("systemd has its name", DEADLINE, () -> calls.contains("ready"));
            SystemdDriver driver = new SystemdDriver(layout, Tolerance.NONE, place, instance.run());

            ContainerGroup group = driver.create(path, GroupResourcesExample.memory(64 << 20, 64 << 20));
            assertThat(group.folders())
                    .hasSameSizeAs(layout.hierarchies())
                    .allMatch(folder -> folder.endsWith(Path.of(parent, path.unit())));
            assertThat(group.processes()).hasSize(1);
            assertThat(group.statistics().memory().usage().limit()).isEqualTo(64 << 20);
            driver.joined(group);
            assertThat(group.processes()).isEmpty();
            driver.update(path, group, GroupResourcesExample.memory(32 << 20, 32 << 20));
            assertThat(group.statistics().memory().usage().limit()).isEqualTo(32 << 20);
            driver.delete(path, group);
            assertThat(group.exists()).isFalse();
            driver.delete(path, group);
            assertThat(calls)
                    .contains(
                            "StartTransientUnit " + path.unit(),
                            "SetUnitProperties " + path.unit(),
                            "StopUnit " + path.unit());

            GroupPath.Systemd refused = new GroupPath.Systemd(parent + ".slice", "refused.scope");
            assertThatThrownBy(() -> driver.create(refused, GroupResources.NONE))
                    .isInstanceOf(BerthException.class)
                    .hasMessageContaining("job ended as")
                    .hasMessageContaining("failed");
        } finally {
            daemon.destroy();
            assertThat(daemon.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(systemd.join(DEADLINE)).isTrue();
            for (CgroupLayout.Hierarchy hierarchy : layout.hierarchies()) {
                GroupTree.remove(hierarchy.folder().resolve(parent));
            }
        }
    }

    private void play(SystemdDriver.Place place, String parent) {
        try (Connection connection = place.connect()) {
            connection.call(
                    "org.freedesktop.DBus",
                    "/org/freedesktop/DBus",
                    "org.freedesktop.DBus",
                    "RequestName",
                    List.of(new Value.Text(SYSTEMD), new Value.Word(0)));
            calls.add("ready");
            while (true) {
                Message call = connection.await("a call", message -> message.kind() == Kind.CALL, DEADLINE);
                answer(connection, call, parent);
            }
        } catch (BerthException e) {
            calls.add("ended: " + e.getMessage()); // with the bus
        }
    }

    private void answer(Connection connection, Message call, String parent) {
        String member = call.text(Field.MEMBER).orElseThrow();
        List<Value> body = call.values();
        String unit = !body.isEmpty() && body.getFirst() instanceof Value.Text(String name) ? name : "";
        calls.add(member + " " + unit);
        boolean starts = member.equals("StartTransientUnit");
        Map<Field, String> caller =
                Map.of(Field.DESTINATION, call.text(Field.SENDER).orElseThrow());
        if (member.equals("StopUnit") && calls.indexOf("StopUnit " + unit) < calls.size() - 1) {
            connection.send(
                    Kind.ERROR,
                    Map.of(
                            Field.DESTINATION,
                            call.text(Field.SENDER).orElseThrow(),
                            Field.ERROR_NAME,
                            "org.freedesktop.systemd1.NoSuchUnit"),
                    call.serial(),
                    List.of(new Value.Text("Unit " + unit + " not loaded.")));
            return;
        }
        if (starts && !unit.startsWith("refused")) {
            place(body, parent + "/" + unit);
        }
        boolean job = starts || member.equals("StopUnit");
        connection.send(Kind.RETURN, caller, call.serial(), job ? List.of(new Value.ObjectPath(JOB)) : List.of());
        if (job) {
            connection.send(
                    Kind.SIGNAL,
                    Map.of(
                            Field.PATH, "/org/freedesktop/systemd1",
                            Field.INTERFACE, MANAGER,
                            Field.MEMBER, "JobRemoved"),
                    0,
                    List.of(
                            new Value.Word(7),
                            new Value.ObjectPath(JOB),
                            new Value.Text(unit),
                            new Value.Text(starts && unit.startsWith("refused") ? "failed" : "done")));
        }
    }

    /** As systemd: in its own hierarchy, the unified one, and those whose accounting was asked for. */
    private void place(List<Value> body, String group) {
        for (Value pair : ((Value.Sequence) body.get(2)).items()) {
            List<Value> members = ((Value.Structure) pair).members();
            if (members.getFirst().equals(new Value.Text("PIDs"))) {
                Value.Sequence pids = (Value.Sequence) ((Value.Variant) members.getLast()).value();
                long pid = ((Value.Word) pids.items().getFirst()).value();
                for (CgroupLayout.Hierarchy hierarchy : layout.hierarchies()) {
                    if (hierarchy.unified()
                            || hierarchy.controllers().contains("name=systemd")
                            || hierarchy.controllers().contains("pids")) {
                        Path folder = hierarchy.folder().resolve(group);
                        CgroupFiles.makeFolder(folder.resolveSibling(""));
                        CgroupFiles.makeFolder(folder);
                        CgroupFiles.write(folder.resolve("cgroup.procs"), Long.toString(pid));
                    }
                }
            }
        }
    }
}
