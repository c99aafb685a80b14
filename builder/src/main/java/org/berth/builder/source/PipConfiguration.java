package org.berth.builder.source;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A pip.conf: sections of "name = value"; a line that begins with a space goes on with the value. */
final class PipConfiguration {
    private static final Set<String> SECTIONS = Set.of("global", "install");

    private PipConfiguration() {}

    /** The settings, named as pip's variables name them without their prefix: INDEX_URL. */
    static Map<String, String> parse(String text) {
        Map<String, String> settings = new TreeMap<>();
        String section = "";
        String last = "";
        for (String line : text.lines().toList()) {
            String plain = line.strip();
            if (plain.isEmpty() || plain.startsWith("#") || plain.startsWith(";")) {
                continue;
            }
            if (plain.startsWith("[") && plain.endsWith("]")) {
                section = plain.substring(1, plain.length() - 1).strip();
                last = "";
            } else if (Character.isWhitespace(line.charAt(0)) && !last.isEmpty()) {
                settings.merge(last, plain, (before, more) -> (before + " " + more).strip());
            } else if (SECTIONS.contains(section) && plain.contains("=")) {
                int equals = plain.indexOf('=');
                last = plain.substring(0, equals)
                        .strip()
                        .toUpperCase(Locale.ROOT)
                        .replace('-', '_');
                settings.put(last, plain.substring(equals + 1).strip());
            }
        }
        return settings;
    }
}
