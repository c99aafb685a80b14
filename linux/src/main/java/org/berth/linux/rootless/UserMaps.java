package org.berth.linux.rootless;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.berth.linux.rootless.SubordinateIds.Range;

/**
 * The ids that a user's namespace gets, and how.
 *
 * @param lacks why it is only the user's own, in words; empty when there are more
 */
record UserMaps(List<Range> users, List<Range> groups, Optional<Helpers> helpers, Optional<String> lacks) {
    private static final Path USERS = Path.of("/etc/subuid");
    private static final Path GROUPS = Path.of("/etc/subgid");

    UserMaps {
        users = List.copyOf(users);
        groups = List.copyOf(groups);
    }

    /** newuidmap(1) and newgidmap(1). */
    record Helpers(Path users, Path groups) {}

    /** What the machine gives. @param path PATH */
    static UserMaps read(long uid, long gid, Optional<String> name, String path) {
        List<Range> users = SubordinateIds.map(uid, lines(USERS), uid, name);
        List<Range> groups = SubordinateIds.map(gid, lines(GROUPS), uid, name);
        if (users.size() < 2 || groups.size() < 2) {
            return own(users, groups, "/etc/subuid and /etc/subgid give this user no ids");
        }
        Optional<Path> first = IdHelpers.find("newuidmap", path);
        Optional<Path> second = IdHelpers.find("newgidmap", path);
        if (first.isEmpty() || second.isEmpty()) {
            return own(users, groups, "newuidmap and newgidmap are not installed (Debian's package uidmap has them)");
        }
        return new UserMaps(users, groups, Optional.of(new Helpers(first.get(), second.get())), Optional.empty());
    }

    private static UserMaps own(List<Range> users, List<Range> groups, String why) {
        return new UserMaps(users.subList(0, 1), groups.subList(0, 1), Optional.empty(), Optional.of(why));
    }

    /** Writes them for a process that waits in its new namespace. */
    void write(long pid) {
        helpers.ifPresentOrElse(
                programs -> {
                    IdHelpers.map(programs.users(), pid, users);
                    IdHelpers.map(programs.groups(), pid, groups);
                },
                () -> IdHelpers.mapOwn(pid, users.getFirst(), groups.getFirst()));
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8).lines();
        } catch (java.nio.file.NoSuchFileException e) {
            return Stream.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("read " + file + ": " + e.getMessage(), e);
        }
    }
}
