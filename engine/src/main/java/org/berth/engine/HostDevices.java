package org.berth.engine;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.user.UserRange;
import org.berth.runtime.Isolation;

/** The machine's device nodes (mknod(2)), found by their paths. */
final class HostDevices {
    private static final int NODES_MAX = 4096;
    private static final int DEPTH_MAX = 8;
    private static final int S_IFMT = 0170000;
    private static final int S_IFCHR = 0020000;
    private static final int S_IFBLK = 0060000;
    private static final String DEV = "/dev/";

    /** What a container has of its own, and what other programs keep there. */
    private static final Set<String> PASSED_OVER =
            Set.of("pts", "shm", "fd", "mqueue", "hugepages", ".lxc", ".lxd-mounts", ".udev");

    private HostDevices() {}

    /** All of the machine's. */
    static List<Isolation.Device> all() {
        return below(Path.of("/dev"), "/dev");
    }

    /**
     * A device, or all of a folder's.
     *
     * @throws BerthException INVALID when there is none, or its place is not below /dev
     */
    static List<Isolation.Device> find(JailRequest.Device wanted) {
        Path source = Path.of(wanted.source());
        String target = Path.of(wanted.target()).normalize().toString();
        if (!target.startsWith(DEV)) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "device " + wanted.source() + ": its path in the container must be below /dev, not "
                            + wanted.target());
        }
        if (Files.isDirectory(source)) {
            return below(source, target);
        }
        return List.of(node(source, target)
                .orElseThrow(() -> new BerthException(
                        ErrorCode.INVALID,
                        "error gathering device information while adding custom device \"" + source + "\": "
                                + (Files.exists(source) ? "not a device node" : "no such file or directory"))));
    }

    /** A disk's or other device's number, "8:0"; links are followed. */
    static Isolation.Device number(String path) {
        return node(Path.of(path), path)
                .orElseThrow(() ->
                        new BerthException(ErrorCode.INVALID, path + " is no device of this machine: expected a disk"));
    }

    private static List<Isolation.Device> below(Path folder, String target) {
        List<Isolation.Device> devices = new ArrayList<>();
        collect(folder, target, DEPTH_MAX, devices);
        return devices;
    }

    private static void collect(Path folder, String target, int depth, List<Isolation.Device> devices) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                String name = String.valueOf(file.getFileName());
                if (PASSED_OVER.contains(name) || Files.isSymbolicLink(file)) {
                    continue;
                }
                String path = target + "/" + name;
                if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
                    if (depth > 0) {
                        collect(file, path, depth - 1, devices);
                    }
                } else {
                    node(file, path).ifPresent(devices::add);
                }
                if (devices.size() > NODES_MAX) {
                    throw new BerthException(
                            ErrorCode.INVALID,
                            folder + " has more than " + NODES_MAX + " devices, name those that are needed");
                }
            }
        } catch (IOException e) {
            throw Folders.failed("read", folder, e);
        }
    }

    private static Optional<Isolation.Device> node(Path file, String target) {
        try {
            Map<String, Object> status = Files.readAttributes(file, "unix:mode,rdev,uid,gid");
            int mode = (int) number(status, "mode");
            int type = mode & S_IFMT;
            if (type != S_IFCHR && type != S_IFBLK) {
                return Optional.empty();
            }
            long number = number(status, "rdev");
            return Optional.of(new Isolation.Device(
                    target,
                    type == S_IFBLK ? 'b' : 'c',
                    number >>> 8 & 0xfff | number >>> 32 & ~0xfffL,
                    number & 0xff | number >>> 12 & ~0xffL,
                    mode & 0777,
                    inside(number(status, "uid")),
                    inside(number(status, "gid"))));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static long number(Map<String, Object> status, String name) {
        return status.get(name) instanceof Number value ? value.longValue() : 0;
    }

    /** The group "disk" of the machine is that of most images; an id that a container may not have is its root's. */
    private static long inside(long id) {
        return id < UserRange.COUNT ? id : 0;
    }
}
