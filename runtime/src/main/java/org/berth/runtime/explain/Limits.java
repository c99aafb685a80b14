package org.berth.runtime.explain;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What control groups allow and what is used, from their files (v1 and v2 names). */
final class Limits {
    private static final long UNLIMITED_MIN = Long.MAX_VALUE / 2;
    private static final double PERCENT = 100.0;

    private Limits() {}

    static List<String> describe(List<Path> groups) {
        List<String> lines = new ArrayList<>();
        memory(groups).ifPresent(lines::add);
        processors(groups).ifPresent(lines::add);
        processes(groups).ifPresent(lines::add);
        groups.forEach(group -> lines.add("cgroup: " + group));
        return lines;
    }

    private static Optional<String> memory(List<Path> groups) {
        Optional<String> used = value(groups, "memory.usage_in_bytes", "memory.current");
        Optional<String> limit = value(groups, "memory.limit_in_bytes", "memory.max");
        return used.map(bytes -> "memory: %s of %s"
                .formatted(bytes(bytes), limit.map(Limits::bytes).orElse("any")));
    }

    private static Optional<String> processors(List<Path> groups) {
        Optional<String> legacy = value(groups, "cpu.cfs_quota_us", "")
                .flatMap(quota -> value(groups, "cpu.cfs_period_us", "").map(period -> quota + " " + period));
        return legacy.or(() -> value(groups, "cpu.max", "")).map(Limits::share);
    }

    /** "50000 100000" is half a processor. */
    private static String share(String quotaAndPeriod) {
        String[] parts = quotaAndPeriod.split(" ", -1);
        if (parts.length < 2 || !parts[0].matches("[0-9]+")) {
            return "processors: any";
        }
        return "processors: %.2f (%s us of each %s us)"
                .formatted(
                        Math.round(PERCENT * Long.parseLong(parts[0]) / Long.parseLong(parts[1])) / PERCENT,
                        parts[0],
                        parts[1]);
    }

    private static Optional<String> processes(List<Path> groups) {
        Optional<String> limit = value(groups, "pids.max", "").map(max -> max.equals("max") ? "any" : max);
        return value(groups, "pids.current", "")
                .map(count -> "processes and threads: %s of %s".formatted(count, limit.orElse("any")));
    }

    private static String bytes(String text) {
        if (!text.matches("[0-9]{1,19}") || Long.parseLong(text) >= UNLIMITED_MIN) {
            return "any";
        }
        return "%.1f MiB".formatted(Long.parseLong(text) / (double) (1 << 20));
    }

    /** The first of the groups that has the file, by its v1 name or its v2 name. */
    private static Optional<String> value(List<Path> groups, String legacy, String unified) {
        return groups.stream()
                .flatMap(group -> List.of(legacy, unified).stream()
                        .filter(name -> !name.isEmpty())
                        .map(group::resolve))
                .filter(Files::exists)
                .map(file -> Explainer.read(file).strip())
                .findFirst();
    }
}
