package org.berth.runtime.oci.facts;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.path.FileStatus;
import org.berth.linux.path.Folder;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.OpenFile;
import org.berth.linux.path.Users;
import org.berth.runtime.oci.config.IdMapping;
import org.berth.runtime.oci.config.LinuxPart;
import org.berth.runtime.oci.config.Mount;
import org.berth.runtime.oci.config.Namespace;
import org.berth.runtime.oci.config.OciConfig;
import org.berth.runtime.oci.config.OciProcess;
import org.berth.runtime.oci.plan.BundlePlacement.CopiedFile;

/** Reads the facts of one bundle. */
public final class BundleFacts {
    private static final int S_IFMT = 0170000;
    private static final int S_IFCHR = 0020000;
    private static final int S_IFBLK = 0060000;

    private static final int COPIED_MAX = 4096;
    private static final int LINE_MAX = 64;
    private static final int PASSWD_MAX = 1 << 20;
    private static final Path LAST_CAPABILITY = Path.of("/proc/sys/kernel/cap_last_cap");

    private BundleFacts() {}

    /** The highest capability that the kernel knows. */
    public static int lastCapability() {
        // in one read(2): files of /proc/sys answer an offset that is not 0 with an end of file
        try (InputStream in = Files.newInputStream(LAST_CAPABILITY)) {
            return Integer.parseInt(new String(in.readNBytes(LINE_MAX), StandardCharsets.US_ASCII).strip());
        } catch (IOException | NumberFormatException e) {
            throw new BerthException(ErrorCode.KERNEL, "read " + LAST_CAPABILITY + ": " + e.getMessage(), e);
        }
    }

    /** The configuration with sources of binds that are relative to the bundle made absolute. */
    public static OciConfig absolute(OciConfig config, Path bundle) {
        List<Mount> mounts = new ArrayList<>();
        for (Mount mount : config.mounts()) {
            mounts.add(
                    mount.bind()
                            ? mount.withSource(mount.source().map(source -> whole(bundle.resolve(source))))
                            : mount);
        }
        List<Mount> placed = new ArrayList<>();
        Path root = bundle.resolve(config.root().map(OciConfig.Root::path).orElse("."));
        for (int i = 0; i < mounts.size(); i++) {
            Mount mount = mounts.get(i);
            // of these the place itself must be an ordinary folder
            boolean strict =
                    mount.typeOrNone().equals("proc") || mount.typeOrNone().equals("sysfs");
            boolean kept = strict || mounts.subList(0, i).stream().anyMatch(before -> isBelow(mount, before));
            placed.add(kept ? mount : mount.withDestination(Destinations.resolve(root, mount.destination())));
        }
        return config.withMounts(placed);
    }

    /** The source of a bind; one that leads to the whole tree, by whatever name, is called that. */
    private static String whole(Path source) {
        try {
            return source.toRealPath().getNameCount() == 0 ? "/" : source.toString();
        } catch (IOException e) {
            return source.toString(); // what is not there is told of later
        }
    }

    private static boolean isBelow(Mount mount, Mount before) {
        return Path.of("/")
                .resolve(mount.destination())
                .normalize()
                .startsWith(Path.of("/").resolve(before.destination()).normalize());
    }

    /** A new user namespace that is given no mappings at all has those of the runtime's own. */
    public static OciConfig withMappings(OciConfig config) {
        LinuxPart linux = config.linux();
        boolean given = !linux.uidMappings().isEmpty() || !linux.gidMappings().isEmpty();
        if (!linux.makes(Namespace.Kind.USER) || given) {
            return config;
        }
        return config.withLinux(linux.withMappings(own("uid_map"), own("gid_map")));
    }

    private static List<IdMapping> own(String file) {
        try {
            List<IdMapping> mappings = new ArrayList<>();
            for (String line : Files.readAllLines(Path.of("/proc/self", file))) {
                String[] fields = line.strip().split(" +", -1);
                long first = Long.parseLong(fields[0]);
                mappings.add(new IdMapping(first, first, Long.parseLong(fields[2])));
            }
            return mappings;
        } catch (IOException | NumberFormatException e) {
            throw new BerthException(ErrorCode.KERNEL, "read /proc/self/" + file + ": " + e.getMessage(), e);
        }
    }

    /** Whether a mount that is attached nowhere can be copied (Linux 6.15). */
    public static boolean copiesDetachedMounts() {
        String[] release = System.getProperty("os.version", "").split("[.-]", 3);
        try {
            int major = Integer.parseInt(release[0]);
            return major > 6 || major == 6 && Integer.parseInt(release[1]) >= 15;
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
            return false;
        }
    }

    /** Which of this process's standard streams a container's user is given. */
    public static Set<Integer> givenStreams() {
        return given(Set.of(0, 1, 2));
    }

    /**
     * Which of this process's descriptors can be given to somebody: pipes, sockets, files, pseudoterminals. Other
     * devices are everybody's, by whatever name: who owns one changes for the whole machine.
     */
    public static Set<Integer> given(Set<Integer> descriptors) {
        Set<Integer> given = new HashSet<>();
        for (int number : descriptors) {
            Path path = Path.of("/proc/self/fd", Integer.toString(number));
            try {
                String target = Files.readSymbolicLink(path).toString();
                int type = (int) Files.getAttribute(path, "unix:mode") & S_IFMT;
                boolean device = type == S_IFCHR || type == S_IFBLK;
                if (device ? target.startsWith("/dev/pts/") : !target.startsWith("anon_inode:")) {
                    given.add(number);
                }
            } catch (IOException e) {
                // it is closed
            }
        }
        return given;
    }

    /**
     * The indexes of binds whose source is no folder.
     *
     * @throws BerthException NOT_FOUND when a source is not there
     */
    public static Set<Integer> fileMounts(OciConfig config) {
        Set<Integer> files = new HashSet<>();
        for (int i = 0; i < config.mounts().size(); i++) {
            Mount mount = config.mounts().get(i);
            if (mount.bind() && !mount.options().remount()) {
                Path source = Path.of(mount.source().orElse("/"));
                if (!Files.exists(source)) {
                    throw new BerthException(
                            ErrorCode.NOT_FOUND,
                            "mounts[" + i + "]: bind " + source + " on " + mount.destination()
                                    + ": no such file or directory");
                }
                if (!Files.isDirectory(source)) {
                    files.add(i);
                }
            }
        }
        return files;
    }

    /** HOME of the process's user, by the root's passwd, or the file that is bound over it. */
    public static Optional<String> home(OciConfig config, Path root, OciProcess process) {
        Optional<String> bound = config.mounts().stream()
                .filter(mount -> mount.bind() && mount.destination().equals("/etc/passwd"))
                .flatMap(mount -> mount.source().stream())
                .reduce((first, last) -> last);
        try {
            String passwd = bound.isPresent() ? Files.readString(Path.of(bound.get())) : passwd(root);
            return Optional.of(Users.parse(passwd, "")
                    .resolve(Long.toString(process.user().uid()))
                    .home());
        } catch (IOException | BerthException | SystemCallException e) {
            return Optional.of("/");
        }
    }

    private static String passwd(Path root) {
        try (InRoot files = InRoot.open(root)) {
            return files.readText("/etc/passwd", PASSWD_MAX).orElse("");
        }
    }

    /** What each tmpfs with tmpcopyup covers in the root. */
    public static Map<Integer, List<CopiedFile>> copied(OciConfig config, Path root) {
        Map<Integer, List<CopiedFile>> copied = new HashMap<>();
        for (int i = 0; i < config.mounts().size(); i++) {
            Mount mount = config.mounts().get(i);
            if (mount.options().copyUp()) {
                copied.put(i, copied(root, mount.destination()));
            }
        }
        return copied;
    }

    private static List<CopiedFile> copied(Path root, String destination) {
        List<CopiedFile> files = new ArrayList<>();
        try (InRoot inRoot = InRoot.open(root);
                Folder folder = inRoot.folder(destination)) {
            list(folder, "", files);
        } catch (SystemCallException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
        }
        return files;
    }

    private static void list(Folder folder, String prefix, List<CopiedFile> files) {
        for (Folder.Entry entry : folder.list()) {
            if (files.size() >= COPIED_MAX) {
                throw new BerthException(
                        ErrorCode.EXHAUSTED, "tmpcopyup: more than " + COPIED_MAX + " files to copy, at " + prefix);
            }
            FileStatus status = folder.find(entry.name()).orElseThrow();
            String path = prefix + entry.name();
            switch (entry.type()) {
                case FOLDER -> {
                    files.add(file(CopiedFile.Kind.FOLDER, path, "", status));
                    try (Folder below = folder.folder(entry.name())) {
                        list(below, path + "/", files);
                    }
                }
                case REGULAR -> files.add(file(CopiedFile.Kind.FILE, path, "", status));
                case SYMBOLIC_LINK -> {
                    try (OpenFile link = folder.place(entry.name())) {
                        files.add(file(CopiedFile.Kind.LINK, path, link.readLink(), status));
                    }
                }
                default -> {} // a socket or device has no content to copy
            }
        }
    }

    private static CopiedFile file(CopiedFile.Kind kind, String path, String target, FileStatus status) {
        return new CopiedFile(kind, path, target, status.mode(), status.uid(), status.gid(), status.sizeBytes());
    }
}
