package org.berth.runtime.oci.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.berth.linux.Errno;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.LaunchBuilder.StepBuilder;
import org.berth.linux.launch.Mark;
import org.berth.linux.launch.Operand;
import org.berth.linux.launch.Outcome.Jump;
import org.berth.runtime.oci.config.Device;
import org.berth.runtime.oci.config.LinuxPart;
import org.berth.runtime.oci.config.Mount;
import org.berth.runtime.oci.config.MountOptions;
import org.berth.runtime.oci.config.Namespace.Kind;
import org.berth.runtime.oci.config.OciConfig;
import org.berth.runtime.plan.Flags;
import org.berth.runtime.plan.Script;

/**
 * The devices that every container has (runtime-spec config-linux.md, "Default Devices") and those of
 * the configuration. A user namespace can't make nodes: there they are bound from the host's.
 */
final class BundleDevices {
    private static final int MODE = 0666;
    private static final long MS_PRIVATE = 0x40000;
    private static final int S_IFCHR = 0020000;
    private static final int S_IFBLK = 0060000;
    private static final int S_IFIFO = 0010000;

    private static final List<Device> STANDARD = List.of(
            standard("null", 1, 3),
            standard("zero", 1, 5),
            standard("full", 1, 7),
            standard("random", 1, 8),
            standard("urandom", 1, 9),
            standard("tty", 5, 0));

    private static final Map<String, String> LINKS = new TreeMap<>(Map.of(
            "core", "/proc/kcore",
            "fd", "/proc/self/fd",
            "stdin", "/proc/self/fd/0",
            "stdout", "/proc/self/fd/1",
            "stderr", "/proc/self/fd/2"));

    private final Script script;
    private final List<Device> devices;
    private final LinuxPart linux;
    private final boolean bound;
    private final boolean wanted;
    private final Map<String, Datum> sources = new HashMap<>();
    private final Map<String, Datum> folders = new HashMap<>();

    /** @param privileged whether the runtime is the machine's root: else it can't make any, in whatever namespace */
    BundleDevices(Script script, OciConfig config, boolean privileged) {
        this.script = script;
        this.linux = config.linux();
        this.bound = config.linux().has(Kind.USER) || !privileged;
        this.wanted = config.mounts().stream().noneMatch(BundleDevices::isWholeDev);
        this.devices = all(config.linux().devices());
    }

    private static Device standard(String name, long major, long minor) {
        return new Device(Device.Type.CHARACTER, "/dev/" + name, major, minor, Optional.of(MODE), 0, 0);
    }

    /** Who binds a whole /dev has the devices in it. */
    private static boolean isWholeDev(Mount mount) {
        return mount.bind() && Script.relative(mount.destination()).equals("dev");
    }

    private static List<Device> all(List<Device> asked) {
        List<Device> all = new ArrayList<>();
        STANDARD.stream()
                .filter(one -> asked.stream().noneMatch(device -> device.path().equals(one.path())))
                .forEach(all::add);
        all.addAll(asked);
        return all;
    }

    /**
     * Makes or copies nodes for a user namespace, while the host's rights are there and paths lead into
     * its tree.
     *
     * @param made whether they are made anew, with the owner and mode that are asked for
     */
    void prepare(boolean made) {
        if (!wanted || !bound) {
            return;
        }
        Optional<Datum> folder = made ? Optional.of(makeAside()) : Optional.empty();
        for (int i = 0; i < devices.size(); i++) {
            Device device = devices.get(i);
            if (device.type() != Device.Type.FIFO) {
                String label = "bind the device " + device.path();
                Datum tree = script.slot("device " + device.path());
                Operand from = folder.<Operand>map(Operand::value).orElse(Flags.HERE);
                String path = made ? Integer.toString(i) : device.path();
                script.call(label, Call.OPEN_TREE, from, script.text(path), Flags.COPY)
                        .into(tree);
                Attributes.propagate(script, label, tree, MS_PRIVATE);
                Attributes.change(script, label, tree, MountOptions.NO_SUID | MountOptions.NO_EXEC, 0, false);
                sources.put(device.path(), tree);
            }
        }
    }

    /** The nodes in a file system of their own, each named by its index. */
    private Datum makeAside() {
        Datum folder = script.fileSystem(
                "make a folder of devices", "tmpfs", List.of("source=devices", "mode=755", "size=64k"), 0);
        script.call("make files as asked", Call.UMASK, Flags.NONE);
        for (int i = 0; i < devices.size(); i++) {
            Device device = devices.get(i);
            if (device.type() != Device.Type.FIFO) {
                String label = "make the device " + device.path();
                Operand name = script.text(Integer.toString(i));
                node(label, device, folder, name);
                long uid = LinuxPart.hostId(linux.uidMappings(), device.uid()).orElse(0L);
                long gid = LinuxPart.hostId(linux.gidMappings(), device.gid()).orElse(0L);
                own(label, folder, name, uid, gid);
            }
        }
        return folder;
    }

    /** Makes them all, and the links. */
    void make(Places places) {
        if (!wanted) {
            return;
        }
        for (Device device : devices) {
            Datum source = sources.get(device.path());
            if (source == null) {
                make(places, device);
            } else {
                String label = "bind the device " + device.path();
                script.attach(label, source, places.openOrMakeFile(script, label, device.path()));
            }
        }
        Datum dev = places.openOrMakeFolder(script, "open /dev", "/dev/.");
        LINKS.forEach((name, target) -> link(dev, name, target));
        // an image's own would be a node of the host's instance
        script.call("remove /dev/ptmx", Call.UNLINKAT, Operand.value(dev), script.text("ptmx"), Flags.NONE)
                .tolerate(Errno.ENOENT);
        link(dev, "ptmx", "pts/ptmx");
    }

    private void link(Datum dev, String name, String target) {
        script.call("link /dev/" + name, Call.SYMLINKAT, script.text(target), Operand.value(dev), script.text(name))
                .tolerate(Errno.EEXIST);
    }

    private void make(Places places, Device device) {
        String label = "make the device " + device.path();
        String path = "/" + Script.relative(device.path());
        int slash = path.lastIndexOf('/');
        String folder = slash == 0 ? "/" : path.substring(0, slash);
        Datum parent = folders.computeIfAbsent(folder, key -> places.openOrMakeFolder(script, label, key + "/."));
        Operand name = script.text(path.substring(slash + 1));
        Mark after = script.builder().mark("after " + device.path());
        node(label, device, parent, name).tolerate(Errno.EEXIST).jump(Jump.ON_TOLERATED, after);
        if (device.uid() != 0 || device.gid() != 0) {
            own(label, parent, name, device.uid(), device.gid());
        }
        script.builder().place(after);
    }

    private StepBuilder node(String label, Device device, Datum folder, Operand name) {
        int type = switch (device.type()) {
            case CHARACTER -> S_IFCHR;
            case BLOCK -> S_IFBLK;
            case FIFO -> S_IFIFO;
        };
        int mode = device.mode().orElse(MODE);
        return script.call(
                label,
                Call.MKNODAT,
                Operand.value(folder),
                name,
                Operand.named("type %o, mode %o".formatted(type, mode), type | mode),
                Operand.named(device.major() + ":" + device.minor(), device.number()));
    }

    private void own(String label, Datum folder, Operand name, long uid, long gid) {
        script.call(
                label,
                Call.FCHOWNAT,
                Operand.value(folder),
                name,
                Operand.number(uid),
                Operand.number(gid),
                Operand.named("AT_SYMLINK_NOFOLLOW", 0x100));
    }
}
