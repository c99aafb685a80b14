package org.berth.runtime.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Interfaces, addresses and routes of a network namespace, from /proc/PID/net (proc_pid_net(5)). */
final class Interfaces {
    private static final Pattern SPACES = Pattern.compile("\\s+");
    private static final int RECEIVED = 1;
    private static final int SENT = 9;
    private static final int HEXADECIMAL = 16;
    private static final int ROUTE_FIELDS_MIN = 8;
    private static final int MASK = 7;

    private Interfaces() {}

    /** From net/dev. */
    static List<String> counters(String dev) {
        return dev.lines()
                .filter(line -> line.contains(":"))
                .map(line -> SPACES.split(line.strip().replace(":", " ")))
                .map(fields ->
                        "%s  received %s bytes, sent %s bytes".formatted(fields[0], fields[RECEIVED], fields[SENT]))
                .toList();
    }

    /** From net/fib_trie: the addresses that are the namespace's own. */
    static List<String> addresses(String trie) {
        Set<String> addresses = new TreeSet<>();
        String last = "";
        for (String line : trie.lines().toList()) {
            String text = line.strip();
            if (text.startsWith("|-- ")) {
                last = text.substring("|-- ".length());
            } else if (text.equals("/32 host LOCAL")) {
                addresses.add(last);
            }
        }
        return List.copyOf(addresses);
    }

    /** From net/route: "0.0.0.0/0 by 10.1.0.1 on eth0". */
    static List<String> routes(String route) {
        List<String> lines = new ArrayList<>();
        route.lines()
                .skip(1)
                .map(line -> SPACES.split(line.strip()))
                .filter(fields -> fields.length >= ROUTE_FIELDS_MIN)
                .forEach(fields -> {
                    String gateway = fields[2].equals("00000000") ? "" : " by " + address(fields[2]);
                    lines.add(address(fields[1]) + "/"
                            + Integer.bitCount(Integer.parseUnsignedInt(fields[MASK], HEXADECIMAL)) + gateway + " on "
                            + fields[0]);
                });
        return lines;
    }

    /** The kernel writes the four bytes as one little-endian number. */
    private static String address(String hexadecimal) {
        int value = Integer.parseUnsignedInt(hexadecimal, HEXADECIMAL);
        return (value & 0xff) + "." + (value >>> 8 & 0xff) + "." + (value >>> 16 & 0xff) + "." + (value >>> 24);
    }
}
