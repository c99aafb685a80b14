package org.berth.engine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.berth.linux.user.UserRange;

/**
 * Ids of this machine that others use: what is given out in /etc/subuid and /etc/subgid (subuid(5)), and what processes'
 * user namespaces have now (user_namespaces(7)), another instance's among them.
 */
final class UsedIds {
    private static final int PROCESSES_MAX = 100_000;
    private static final int LINES_MAX = 10_000;

    private final Path root;

    /** @param root "/", or another in tests */
    UsedIds(Path root) {
        this.root = root;
    }

    private record Ids(long start, long count) {}

    boolean isFree(UserRange range) {
        return read().stream().noneMatch(ids -> range.overlaps(ids.start(), ids.count()));
    }

    private List<Ids> read() {
        List<Ids> all = new ArrayList<>();
        for (String file : List.of("etc/subuid", "etc/subgid")) {
            lines(root.resolve(file)).forEach(line -> {
                String[] parts = line.split(":", -1);
                if (parts.length == 3) {
                    add(all, parts[1], parts[2]);
                }
            });
        }
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(root.resolve("proc"), "[0-9]*")) {
            int count = 0;
            for (Path process : processes) {
                if (++count > PROCESSES_MAX) {
                    break;
                }
                maps(process, all);
            }
        } catch (IOException e) {
            // then the other places must do
        }
        return all;
    }

    private static void maps(Path process, List<Ids> all) {
        for (String line : lines(process.resolve("uid_map"))) {
            String[] parts = line.trim().split(" +", -1);
            if (parts.length == 3 && !parts[2].equals("4294967295")) {
                add(all, parts[1], parts[2]);
            }
        }
    }

    private static void add(List<Ids> all, String start, String count) {
        if (start.matches("[0-9]{1,10}") && count.matches("[0-9]{1,10}")) {
            all.add(new Ids(Long.parseLong(start), Long.parseLong(count)));
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1)
                    .lines()
                    .limit(LINES_MAX)
                    .toList();
        } catch (IOException e) {
            return List.of(); // there is none, or the process has ended
        }
    }
}
