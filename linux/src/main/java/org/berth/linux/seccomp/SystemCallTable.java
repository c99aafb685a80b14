package org.berth.linux.seccomp;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** The names of system calls and their numbers in each table; read once, from the resource {@code calls}. */
public final class SystemCallTable {
    private static final String RESOURCE = "calls";
    private static final int NUMBER_MAX = 0x3fffffff;

    private final Map<Architecture, Map<String, Integer>> numbers = new EnumMap<>(Architecture.class);
    private final Map<Architecture, Map<Integer, String>> names = new EnumMap<>(Architecture.class);

    private SystemCallTable(String text) {
        for (Architecture architecture : Architecture.values()) {
            numbers.put(architecture, new HashMap<>());
            names.put(architecture, new HashMap<>());
        }
        text.lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split(" ", -1))
                .forEach(words -> {
                    add(Architecture.X86_64, words[0], words[1]);
                    add(Architecture.X86, words[0], words[2]);
                    add(Architecture.X32, words[0], words[3]);
                });
    }

    /** Loaded at its first use. */
    private static final class Loaded {
        static final SystemCallTable TABLE = new SystemCallTable(resource(RESOURCE));
    }

    /** The table. */
    public static SystemCallTable get() {
        return Loaded.TABLE;
    }

    /** A resource file of this package. */
    static String resource(String name) {
        try (InputStream in = SystemCallTable.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the resource " + name + " is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("read the resource " + name, e);
        }
    }

    private void add(Architecture architecture, String name, String number) {
        if (!number.equals("-")) {
            numbers.getOrDefault(architecture, Map.of()).put(name, Integer.valueOf(number));
            names.getOrDefault(architecture, Map.of()).put(Integer.valueOf(number), name);
        }
    }

    /** Whether any table has the name, or it is a number in digits. */
    boolean knows(String name) {
        return digits(name).isPresent() || numbers.values().stream().anyMatch(table -> table.containsKey(name));
    }

    /** The number of a call, by its name or by digits; for x32 without its bit. */
    public OptionalInt number(Architecture architecture, String name) {
        Integer number = numbers.getOrDefault(architecture, Map.of()).get(name);
        return number == null ? digits(name) : OptionalInt.of(number);
    }

    /** Every number that has a name. */
    Set<Integer> numbers(Architecture architecture) {
        return names.getOrDefault(architecture, Map.of()).keySet();
    }

    /** The name of a number. */
    public Optional<String> name(Architecture architecture, int number) {
        return Optional.ofNullable(names.getOrDefault(architecture, Map.of()).get(number));
    }

    private static OptionalInt digits(String name) {
        if (!name.matches("[0-9]{1,9}") || Integer.parseInt(name) > NUMBER_MAX) {
            return OptionalInt.empty();
        }
        return OptionalInt.of(Integer.parseInt(name));
    }
}
