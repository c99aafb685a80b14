package org.berth.server.docker;

import static org.berth.server.docker.JsonObject.object;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What went through the interfaces of a process's network namespace: /proc/PID/net/dev (proc_pid_net(5)). */
final class InterfaceCounters {
    private static final int HEADER_LINES = 2;

    /** Of the columns after the name: bytes, packets, errors and drops received, then the same sent. */
    private static final List<String> NAMES = List.of(
            "rx_bytes", "rx_packets", "rx_errors", "rx_dropped", "tx_bytes", "tx_packets", "tx_errors", "tx_dropped");

    private static final int[] COLUMNS = {0, 1, 2, 3, 8, 9, 10, 11};

    private InterfaceCounters() {}

    /** By the interface's name, without the loopback; nothing when the process has ended. */
    static Map<String, Object> of(long pid) {
        if (pid <= 0) {
            return Map.of();
        }
        try {
            return parse(Files.readAllLines(Path.of("/proc", Long.toString(pid), "net", "dev")));
        } catch (IOException e) {
            return Map.of();
        }
    }

    static Map<String, Object> parse(List<String> lines) {
        Map<String, Object> interfaces = new LinkedHashMap<>();
        for (String line : lines.subList(Math.min(HEADER_LINES, lines.size()), lines.size())) {
            int colon = line.indexOf(':');
            String name = colon < 0 ? "" : line.substring(0, colon).strip();
            String[] numbers = line.substring(colon + 1).strip().split("\\s+");
            if (!name.isEmpty() && !name.equals("lo") && numbers.length > COLUMNS[COLUMNS.length - 1]) {
                interfaces.put(name, counters(numbers));
            }
        }
        return interfaces;
    }

    private static Map<String, Object> counters(String[] numbers) {
        JsonObject counters = object();
        for (int i = 0; i < COLUMNS.length; i++) {
            counters.with(NAMES.get(i), Long.parseLong(numbers[COLUMNS[i]]));
        }
        return counters.map();
    }
}
