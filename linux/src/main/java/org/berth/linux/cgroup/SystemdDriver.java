package org.berth.linux.cgroup;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.dbus.Connection;
import org.berth.linux.dbus.Message;
import org.berth.linux.dbus.Message.Field;
import org.berth.linux.dbus.Value;

/**
 * Has systemd make groups: a transient scope for each (org.freedesktop.systemd1(5)), delegated to us. A scope lives
 * while it has a process: a {@link Placeholder} of ours holds its place until the container's own has joined.
 */
final class SystemdDriver implements GroupDriver {
    private static final String SYSTEMD = "org.freedesktop.systemd1";
    private static final String OBJECT = "/org/freedesktop/systemd1";
    private static final String MANAGER = "org.freedesktop.systemd1.Manager";
    private static final String NO_SUCH_UNIT = "NoSuchUnit";
    private static final Duration JOB_DEADLINE = Duration.ofSeconds(30);

    private final CgroupLayout layout;
    private final FolderDriver folders;
    private final Place place;
    private final Path work;
    private final Map<ContainerGroup, Placeholder> held = new HashMap<>();

    /** Where systemd listens. @param user our effective user id */
    record Place(Path socket, boolean bus, long user) {
        Connection connect() {
            return Connection.open(socket, user, bus);
        }
    }

    SystemdDriver(CgroupLayout layout, Tolerance tolerance, Place place, Path work) {
        this.layout = layout;
        this.folders = new FolderDriver(layout, tolerance);
        this.place = place;
        this.work = work;
    }

    /** systemd's own socket, which the superuser may use; a user's manager has its own below its runtime folder. */
    static Place place(long user, Optional<Path> runtimeFolder) {
        Path own = user == 0
                ? Path.of("/run/systemd/private")
                : runtimeFolder.orElse(Path.of("/run/user/" + user)).resolve("systemd/private");
        Path bus = user == 0
                ? Path.of("/run/dbus/system_bus_socket")
                : runtimeFolder.orElse(Path.of("/run/user/" + user)).resolve("bus");
        return Files.exists(own) ? new Place(own, false, user) : new Place(bus, true, user);
    }

    @Override
    public ContainerGroup create(GroupPath path, GroupResources resources) {
        GroupPath.Systemd unit = unit(path);
        // a plan that can't be is refused before systemd is asked
        ResourcePlan.of(GroupFolders.resolve(layout, new GroupPath.Absolute(unit.unit()), ""), resources, true);
        Placeholder placeholder = Placeholder.start(work);
        try {
            start(unit, placeholder.pid(), resources);
            ContainerGroup group = folders.adopt(whereIs(placeholder.pid()), resources);
            held.put(group, placeholder);
            return group;
        } catch (RuntimeException e) {
            placeholder.close();
            stop(unit);
            throw e;
        }
    }

    @Override
    public void joined(ContainerGroup group) {
        Optional.ofNullable(held.remove(group)).ifPresent(Placeholder::close);
    }

    @Override
    public void update(GroupPath path, ContainerGroup group, GroupResources resources) {
        try (Connection connection = place.connect()) {
            connection.call(
                    SYSTEMD,
                    OBJECT,
                    MANAGER,
                    "SetUnitProperties",
                    List.of(
                            new Value.Text(unit(path).unit()),
                            new Value.Flag(true),
                            new Value.Sequence("(sv)", UnitProperties.updating(unified(), resources))));
        }
        group.update(resources);
    }

    /** systemd removes its own folders with the scope; those it made none in are ours. */
    @Override
    public void delete(GroupPath path, ContainerGroup group) {
        joined(group);
        stop(unit(path));
        group.delete();
    }

    private void start(GroupPath.Systemd unit, long process, GroupResources resources) {
        try (Connection connection = place.connect()) {
            subscribe(connection);
            List<Value> answer = connection.call(
                    SYSTEMD,
                    OBJECT,
                    MANAGER,
                    "StartTransientUnit",
                    List.of(
                            new Value.Text(unit.unit()),
                            new Value.Text("fail"),
                            new Value.Sequence(
                                    "(sv)",
                                    UnitProperties.starting(unit.unit(), unit.slice(), process, unified(), resources)),
                            new Value.Sequence("(sa(sv))", List.of())));
            await(connection, answer, "start " + unit.unit());
        }
    }

    private void stop(GroupPath.Systemd unit) {
        try (Connection connection = place.connect()) {
            subscribe(connection);
            List<Value> answer = connection.call(
                    SYSTEMD,
                    OBJECT,
                    MANAGER,
                    "StopUnit",
                    List.of(new Value.Text(unit.unit()), new Value.Text("replace")));
            await(connection, answer, "stop " + unit.unit());
        } catch (BerthException e) {
            if (!String.valueOf(e.getMessage()).contains(NO_SUCH_UNIT)) { // else it went with its last process
                throw e;
            }
        }
    }

    private void subscribe(Connection connection) {
        if (place.bus()) {
            connection.call(
                    "org.freedesktop.DBus",
                    "/org/freedesktop/DBus",
                    "org.freedesktop.DBus",
                    "AddMatch",
                    List.of(new Value.Text("type='signal',interface='" + MANAGER + "',member='JobRemoved'")));
        }
        connection.call(SYSTEMD, OBJECT, MANAGER, "Subscribe", List.of());
    }

    /** A call only begins a job; JobRemoved(number, job, unit, result) tells how it ended. */
    private static void await(Connection connection, List<Value> answer, String what) {
        Value job = answer.isEmpty() ? new Value.ObjectPath("/") : answer.getFirst();
        Message removed = connection.await(what, message -> isRemoval(message, job), JOB_DEADLINE);
        Value result = removed.values().getLast();
        if (!result.equals(new Value.Text("done"))) {
            throw new BerthException(ErrorCode.FAILED, what + ": systemd's job ended as " + result);
        }
    }

    private static boolean isRemoval(Message message, Value job) {
        return message.kind() == Message.Kind.SIGNAL
                && message.text(Field.MEMBER).equals(Optional.of("JobRemoved"))
                && message.signature().equals("uoss")
                && message.values().get(1).equals(job);
    }

    /** systemd says where: in its own hierarchy, or the unified one. */
    private static String whereIs(long process) {
        String groups =
                CgroupFiles.read(Path.of("/proc/" + process + "/cgroup")).orElse("");
        return groups.lines()
                .filter(line -> line.contains(":name=systemd:"))
                .findFirst()
                .or(() -> groups.lines().filter(line -> line.startsWith("0::")).findFirst())
                .map(line -> line.split(":", 3)[2])
                .filter(path -> path.length() > 1 && !path.startsWith("/.."))
                .map(path -> path.substring(1))
                .orElseThrow(() -> new BerthException(
                        ErrorCode.KERNEL, "systemd has put process " + process + " into no group of its own"));
    }

    private boolean unified() {
        return layout.mode() == CgroupLayout.Mode.UNIFIED;
    }

    private static GroupPath.Systemd unit(GroupPath path) {
        if (path instanceof GroupPath.Systemd unit) {
            return unit;
        }
        throw new BerthException(
                ErrorCode.INVALID, "cgroupsPath: expected \"slice:prefix:name\" for the systemd driver, not " + path);
    }
}
