package org.berth.runtime.oci.command;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.FileErrors;
import org.berth.runtime.oci.config.OciConfig;
import org.berth.runtime.oci.lifecycle.Containers;
import org.berth.runtime.oci.lifecycle.JsonText;

/** {@code update}: the options are put into the form of config.json, and read as that is. */
final class UpdateCommand {
    private static final List<Option> OPTIONS = List.of(
            Option.flag("help,h"),
            Option.value("resources,r"),
            Option.value("blkio-weight"),
            Option.value("cpu-period"),
            Option.value("cpu-quota"),
            Option.value("cpu-burst"),
            Option.value("cpu-rt-period"),
            Option.value("cpu-rt-runtime"),
            Option.value("cpu-share"),
            Option.value("cpu-idle"),
            Option.value("cpuset-cpus"),
            Option.value("cpuset-mems"),
            Option.value("kernel-memory"),
            Option.value("kernel-memory-tcp"),
            Option.value("memory"),
            Option.value("memory-reservation"),
            Option.value("memory-swap"),
            Option.value("pids-limit"),
            Option.value("l3-cache-schema"),
            Option.value("mem-bw-schema"));

    private final Containers containers;

    UpdateCommand(Containers containers) {
        this.containers = containers;
    }

    int run(List<String> given) {
        Words words = Words.read("update", OPTIONS, given, true);
        String id = words.word("update", 0, "the container's id");
        if (words.value("l3-cache-schema")
                .or(() -> words.value("mem-bw-schema"))
                .isPresent()) {
            throw new BerthException(ErrorCode.UNSUPPORTED, "update: Intel RDT is not supported");
        }
        byte[] resources = words.value("resources")
                .map(UpdateCommand::read)
                .orElseGet(() -> JsonText.compact(resources(words)).getBytes(StandardCharsets.UTF_8));
        containers.update(id, OciConfig.parseResources(resources));
        return 0;
    }

    private static byte[] read(String file) {
        try {
            return file.equals("-") ? System.in.readAllBytes() : Files.readAllBytes(Path.of(file));
        } catch (IOException e) {
            throw FileErrors.of("read " + file, e);
        }
    }

    private static Map<String, Object> resources(Words words) {
        Map<String, Object> memory = new LinkedHashMap<>();
        bytes(words, "memory", memory, "limit");
        bytes(words, "memory-reservation", memory, "reservation");
        bytes(words, "memory-swap", memory, "swap");
        bytes(words, "kernel-memory", memory, "kernel");
        bytes(words, "kernel-memory-tcp", memory, "kernelTCP");
        Map<String, Object> cpu = new LinkedHashMap<>();
        number(words, "cpu-share", cpu, "shares");
        number(words, "cpu-quota", cpu, "quota");
        number(words, "cpu-burst", cpu, "burst");
        number(words, "cpu-period", cpu, "period");
        number(words, "cpu-rt-runtime", cpu, "realtimeRuntime");
        number(words, "cpu-rt-period", cpu, "realtimePeriod");
        number(words, "cpu-idle", cpu, "idle");
        words.value("cpuset-cpus").ifPresent(list -> cpu.put("cpus", list));
        words.value("cpuset-mems").ifPresent(list -> cpu.put("mems", list));
        Map<String, Object> pids = new LinkedHashMap<>();
        number(words, "pids-limit", pids, "limit");
        Map<String, Object> blockIo = new LinkedHashMap<>();
        number(words, "blkio-weight", blockIo, "weight");
        Map<String, Object> all = new LinkedHashMap<>();
        put(all, "memory", memory);
        put(all, "cpu", cpu);
        put(all, "pids", pids);
        put(all, "blockIO", blockIo);
        return all;
    }

    private static void put(Map<String, Object> all, String name, Map<String, Object> part) {
        if (!part.isEmpty()) {
            all.put(name, part);
        }
    }

    private static void number(Words words, String option, Map<String, Object> part, String member) {
        words.number(option).ifPresent(number -> part.put(member, number));
    }

    /** With a unit, as docker's users write it: 512m. */
    private static void bytes(Words words, String option, Map<String, Object> part, String member) {
        words.value(option).ifPresent(text -> part.put(member, bytes(option, text)));
    }

    private static long bytes(String option, String text) {
        String lower = text.toLowerCase(java.util.Locale.ROOT);
        lower = lower.length() > 1 && lower.endsWith("b") ? lower.substring(0, lower.length() - 1) : lower;
        int shift = lower.isEmpty() ? 0 : Math.max(0, "kmgt".indexOf(lower.charAt(lower.length() - 1)) + 1) * 10;
        String digits = shift == 0 ? lower : lower.substring(0, lower.length() - 1);
        try {
            return Math.multiplyExact(Long.parseLong(digits), 1L << shift);
        } catch (NumberFormatException | ArithmeticException e) {
            throw new BerthException(
                    ErrorCode.INVALID, "update: option --" + option + ": expected a size, found \"" + text + "\"", e);
        }
    }
}
