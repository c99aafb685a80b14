package org.berth.compose.add;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.FileErrors;
import org.berth.compose.add.AddPlan.NewFile;

/**
 * Writes a plan into a project's folder. New files come first and the Compose file last, whole: what fails before that
 * leaves the folder as it was. New files are their folder's owner's, whoever runs this.
 */
public final class ProjectFiles {
    private static final String DOCKER_IGNORE = ".dockerignore";
    private static final Set<PosixFilePermission> FOLDER = PosixFilePermissions.fromString("rwxr-xr-x");
    private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-r--r--");
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rw-------");

    private final Path folder;
    private final UserPrincipal owner;
    private final Deque<Path> made = new ArrayDeque<>();

    private ProjectFiles(Path folder, UserPrincipal owner) {
        this.folder = folder;
        this.owner = owner;
    }

    /**
     * Writes.
     *
     * @param file the Compose file; a link is followed
     * @throws BerthException CONFLICT when a file of the plan is there already
     */
    public static void write(Path file, AddPlan plan) {
        Path folder = file.toAbsolutePath().resolve("..").normalize();
        try {
            new ProjectFiles(folder, Files.getOwner(folder)).write(plan, file.toAbsolutePath());
        } catch (IOException e) {
            throw FileErrors.of("write into " + folder, e);
        }
    }

    private void write(AddPlan plan, Path file) throws IOException {
        for (NewFile one : plan.files()) {
            if (Files.exists(folder.resolve(one.path()), LinkOption.NOFOLLOW_LINKS)) {
                throw new BerthException(
                        ErrorCode.CONFLICT,
                        folder.resolve(one.path())
                                + " is there already: move it away, or choose another name for the service with --name");
            }
        }
        Map<Path, String> ignores = ignores(plan.ignored());
        boolean done = false;
        try {
            for (NewFile one : plan.files()) {
                create(folder.resolve(one.path()), one);
            }
            for (Map.Entry<Path, String> ignore : ignores.entrySet()) {
                replace(ignore.getKey(), ignore.getValue());
            }
            replace(Files.exists(file) ? file.toRealPath() : file, plan.compose());
            done = true;
        } finally {
            if (!done) {
                undo();
            }
        }
    }

    private void create(Path path, NewFile file) throws IOException {
        Deque<Path> missing = new ArrayDeque<>();
        for (Path at = path.resolve("..").normalize();
                at.startsWith(folder) && !Files.exists(at);
                at = at.resolve("..").normalize()) {
            missing.push(at);
        }
        for (Path one : missing) {
            Files.createDirectory(one, PosixFilePermissions.asFileAttribute(FOLDER));
            made.push(one);
            Files.setOwner(one, owner);
        }
        Set<PosixFilePermission> permissions = permissions(file.mode());
        made.push(path);
        Files.createFile(path, attribute(PRIVATE));
        Files.setPosixFilePermissions(path, permissions);
        Files.writeString(path, file.content());
        Files.setOwner(path, owner);
    }

    /** The ignore files that have to name these paths, with what they say then. */
    private Map<Path, String> ignores(Set<String> paths) throws IOException {
        Map<Path, String> changed = new LinkedHashMap<>();
        if (paths.isEmpty()) {
            return changed;
        }
        Map<Path, String> known = new LinkedHashMap<>();
        known.put(folder.resolve(DOCKER_IGNORE), "");
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path entry : entries.sorted().toList()) {
                if (entry.getFileName().toString().endsWith(DOCKER_IGNORE) && Files.isRegularFile(entry)) {
                    known.put(entry, Files.readString(entry));
                }
            }
        }
        known.forEach((path, text) -> {
            List<String> lines = text.lines().map(String::strip).toList();
            StringBuilder more = new StringBuilder(text);
            paths.stream()
                    .filter(one -> Stream.of(one, one + "/", "/" + one, "/" + one + "/", "**/" + one)
                            .noneMatch(lines::contains))
                    .forEach(one -> more.append(more.isEmpty() || more.charAt(more.length() - 1) == '\n' ? "" : "\n")
                            .append(one)
                            .append('\n'));
            if (more.length() > text.length()) {
                changed.put(path, more.toString());
            }
        });
        return changed;
    }

    /** The old content or the new, never a part; owner and permissions stay. */
    private void replace(Path file, String content) throws IOException {
        boolean there = Files.exists(file);
        Path draft = file.resolveSibling("." + file.getFileName() + "."
                + Long.toHexString(ThreadLocalRandom.current().nextLong()));
        try {
            Files.createFile(draft, attribute(PRIVATE));
            try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
                ByteBuffer buffer = ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8));
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
                channel.force(true);
            }
            Files.setOwner(draft, there ? Files.getOwner(file) : owner);
            Files.setPosixFilePermissions(draft, there ? Files.getPosixFilePermissions(file) : FILE);
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            Files.deleteIfExists(draft);
            throw e;
        }
    }

    private void undo() throws IOException {
        for (Path path : made) {
            Files.deleteIfExists(path);
        }
    }

    private static FileAttribute<Set<PosixFilePermission>> attribute(Set<PosixFilePermission> permissions) {
        return PosixFilePermissions.asFileAttribute(permissions);
    }

    private static Set<PosixFilePermission> permissions(int mode) {
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        PosixFilePermission[] all = PosixFilePermission.values();
        for (int i = 0; i < all.length; i++) {
            if ((mode & (0400 >> i)) != 0) {
                permissions.add(all[i]);
            }
        }
        return permissions;
    }

    /** The text of a Compose file, when there is one. */
    public static Optional<String> text(Path file) {
        try {
            return Files.exists(file) ? Optional.of(Files.readString(file)) : Optional.empty();
        } catch (IOException e) {
            throw FileErrors.of("read " + file, e);
        }
    }
}
