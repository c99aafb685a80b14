package org.berth.linux.rootless;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The ids that /etc/subuid or /etc/subgid gives a user (subuid(5)), as the lines of a namespace's map: 0 is the user, what
 * is given follows from 1 on. Pure.
 */
public final class SubordinateIds {
    /** Lines of a map that newuidmap(1) is asked for at the most; the kernel takes 340. */
    private static final int RANGES_MAX = 32;

    private static final long LAST_ID = 0xffff_fffeL;

    private SubordinateIds() {}

    /** Ids from {@code inside} on are those from {@code outside} on. */
    public record Range(long inside, long outside, long count) {
        /** "0 1000 1". */
        public String line() {
            return inside + " " + outside + " " + count;
        }
    }

    /**
     * The map of a user.
     *
     * @param own the user's id, or that of the user's group for a map of groups
     * @param lines of the file
     * @param user the user's id and name, either of which a line may begin with
     */
    public static List<Range> map(long own, Stream<String> lines, long user, Optional<String> name) {
        List<Range> map = new ArrayList<>(List.of(new Range(0, own, 1)));
        lines.map(line -> line.strip().split(":", -1))
                .filter(fields -> fields.length == 3
                        && (fields[0].equals(Long.toString(user))
                                || Optional.of(fields[0]).equals(name)))
                .forEach(fields -> add(map, number(fields[1]), number(fields[2])));
        return List.copyOf(map);
    }

    private static void add(List<Range> map, long first, long count) {
        boolean sound = first > 0 && count > 0 && first + count - 1 <= LAST_ID;
        boolean apart = map.stream()
                .allMatch(range -> first + count <= range.outside() || range.outside() + range.count() <= first);
        if (sound && apart && map.size() < RANGES_MAX) {
            Range last = map.getLast();
            map.add(new Range(last.inside() + last.count(), first, count));
        }
    }

    /** -1 for what is none. */
    private static long number(String text) {
        return text.matches("[0-9]{1,10}") ? Long.parseLong(text) : -1;
    }
}
