package org.berth.linux.cgroup;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.berth.linux.cgroup.GroupStatistics.BlockCount;
import org.berth.linux.cgroup.GroupStatistics.Pressure;
import org.berth.linux.cgroup.GroupStatistics.Stall;

/** How the kernel writes counters in files of groups. Pure but for the reading itself. */
final class Counters {
    /** v1 writes "no limit" as the largest multiple of a page. */
    private static final long UNLIMITED_MIN = Long.MAX_VALUE / 2;

    private static final int LINES_MAX = 10_000;

    private Counters() {}

    /** A number, or "max"; {@link Long#MAX_VALUE} for no limit, and when the file is not there. */
    static long limit(Path file) {
        return limit(CgroupFiles.read(file).orElse("max"));
    }

    static long limit(String text) {
        long number = text.matches("[0-9]{1,19}") ? parse(text) : Long.MAX_VALUE;
        return number >= UNLIMITED_MIN ? Long.MAX_VALUE : number;
    }

    /** Lines of "key number". */
    static SortedMap<String, Long> keys(Path file) {
        return keys(lines(file));
    }

    /** The number of a key, 0 without it. */
    static long key(String text, String key) {
        return keys(text.lines().toList()).getOrDefault(key, 0L);
    }

    private static SortedMap<String, Long> keys(List<String> lines) {
        SortedMap<String, Long> keys = new TreeMap<>();
        lines.forEach(line -> {
            String[] words = line.split(" ", -1);
            if (words.length == 2 && words[1].matches("[0-9]{1,20}")) {
                keys.put(words[0], parse(words[1]));
            }
        });
        return keys;
    }

    /** v1's "8:0 Read 4096"; a line without a disk is a sum over all and left out. */
    static List<BlockCount> blocks(List<String> lines) {
        List<BlockCount> counts = new ArrayList<>();
        for (String line : lines) {
            String[] words = line.split("[ :]", -1);
            boolean operation = words.length == 4;
            if ((operation || words.length == 3) && isNumber(words[0]) && isNumber(words[1])) {
                counts.add(new BlockCount(
                        parse(words[0]),
                        parse(words[1]),
                        operation ? words[2] : "",
                        isNumber(words[words.length - 1]) ? parse(words[words.length - 1]) : 0));
            }
        }
        return counts;
    }

    /** "some avg10=0.00 avg60=0.00 avg300=0.00 total=0", and "full" alike; empty when not kept. */
    static Optional<Pressure> pressure(Path file) {
        return pressure(lines(file));
    }

    static Optional<Pressure> pressure(List<String> lines) {
        Stall some = new Stall(0, 0, 0, 0);
        Stall full = some;
        for (String line : lines) {
            if (line.startsWith("some ")) {
                some = stall(line);
            } else if (line.startsWith("full ")) {
                full = stall(line);
            }
        }
        return lines.isEmpty() ? Optional.empty() : Optional.of(new Pressure(some, full));
    }

    private static Stall stall(String line) {
        SortedMap<String, String> values = values(line);
        return new Stall(
                Double.parseDouble(values.getOrDefault("avg10", "0")),
                Double.parseDouble(values.getOrDefault("avg60", "0")),
                Double.parseDouble(values.getOrDefault("avg300", "0")),
                Long.parseLong(values.getOrDefault("total", "0")));
    }

    /** The "key=value" words of a line. */
    static SortedMap<String, String> values(String line) {
        SortedMap<String, String> values = new TreeMap<>();
        for (String word : line.split(" ", -1)) {
            int equals = word.indexOf('=');
            if (equals > 0) {
                values.put(word.substring(0, equals), word.substring(equals + 1));
            }
        }
        return values;
    }

    static List<String> lines(Path file) {
        return CgroupFiles.read(file).stream()
                .flatMap(String::lines)
                .filter(line -> !line.isBlank())
                .limit(LINES_MAX)
                .toList();
    }

    static boolean isNumber(String text) {
        return text.matches("[0-9]{1,20}");
    }

    /** Counters are unsigned; what exceeds a long stays at its end. */
    static long parse(String text) {
        try {
            long number = Long.parseUnsignedLong(text);
            return number < 0 ? Long.MAX_VALUE : number;
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }
}
