package org.berth.runtime.oci.command;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.runtime.oci.lifecycle.Containers;
import org.berth.runtime.oci.lifecycle.JsonText;

/** {@code ps}: a container's processes, read from /proc. */
final class ProcessList {
    private static final List<Option> OPTIONS = List.of(Option.flag("help,h"), Option.value("format,f"));

    /** Fields of proc_pid_stat(5), counted after the name. */
    private static final int PARENT = 1;

    private static final int USER_TICKS = 11;
    private static final int SYSTEM_TICKS = 12;
    private static final int TICKS_A_SECOND = 100;

    private final Containers containers;

    ProcessList(Containers containers) {
        this.containers = containers;
    }

    int run(List<String> given) {
        Words words = Words.read("ps", OPTIONS, given, false);
        List<Long> ids = containers.processes(words.word("ps", 0, "the container's id"));
        switch (words.value("format").orElse("table")) {
            case "json" -> System.out.println(JsonText.compact(ids));
            case "table" -> table(ids);
            default -> throw new BerthException(ErrorCode.INVALID, "ps: --format is table or json");
        }
        return 0;
    }

    private static void table(List<Long> ids) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("UID", "PID", "PPID", "TIME", "CMD"));
        ids.forEach(pid -> row(pid).ifPresent(rows::add));
        System.out.print(Columns.text(rows));
    }

    private static Optional<List<String>> row(long pid) {
        String stat = read(pid, "stat");
        int end = stat.lastIndexOf(')');
        if (end < 0) {
            return Optional.empty(); // it has ended
        }
        String[] fields = stat.substring(end + 1).trim().split(" ", -1);
        String command = read(pid, "cmdline").replace('\0', ' ').trim();
        String name = stat.substring(stat.indexOf('(') + 1, end);
        String user = read(pid, "status")
                .lines()
                .filter(line -> line.startsWith("Uid:"))
                .map(line -> line.split("\t", -1)[2])
                .findFirst()
                .orElse("?");
        return Optional.of(List.of(
                user,
                Long.toString(pid),
                fields[PARENT],
                time(Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[SYSTEM_TICKS])),
                command.isEmpty() ? "[" + name + "]" : command));
    }

    private static String time(long ticks) {
        long seconds = ticks / TICKS_A_SECOND;
        return String.format("%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
    }

    private static String read(long pid, String file) {
        try {
            return new String(Files.readAllBytes(Path.of("/proc/" + pid + "/" + file)), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }
}
