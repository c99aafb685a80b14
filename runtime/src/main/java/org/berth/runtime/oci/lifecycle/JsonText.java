package org.berth.runtime.oci.lifecycle;

import java.util.List;
import java.util.Map;

/**
 * Writes JSON of maps, lists, texts, numbers and truth values: a mapper takes longer to set up than a
 * whole command here.
 */
public final class JsonText {
    private static final String INDENT = "  ";

    private final StringBuilder text = new StringBuilder();
    private final boolean pretty;

    private JsonText(boolean pretty) {
        this.pretty = pretty;
    }

    /** On one line. */
    public static String compact(Object value) {
        JsonText writer = new JsonText(false);
        writer.write(value, "");
        return writer.text.toString();
    }

    /** Indented, for people. */
    public static String pretty(Object value) {
        JsonText writer = new JsonText(true);
        writer.write(value, "\n");
        return writer.text.toString();
    }

    private void write(Object value, String line) {
        switch (value) {
            case Map<?, ?> map -> object(map, line);
            case List<?> list -> array(list, line);
            case Number number -> text.append(number);
            case Boolean truth -> text.append(truth);
            default -> quote(value.toString());
        }
    }

    private void object(Map<?, ?> map, String line) {
        if (map.isEmpty()) {
            text.append("{}");
            return;
        }
        String inner = pretty ? line + INDENT : "";
        char separator = '{';
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            text.append(separator).append(inner);
            quote(String.valueOf(entry.getKey()));
            text.append(pretty ? ": " : ":");
            write(entry.getValue(), inner);
            separator = ',';
        }
        text.append(pretty ? line : "").append('}');
    }

    private void array(List<?> list, String line) {
        if (list.isEmpty()) {
            text.append("[]");
            return;
        }
        String inner = pretty ? line + INDENT : "";
        char separator = '[';
        for (Object value : list) {
            text.append(separator).append(inner);
            write(value, inner);
            separator = ',';
        }
        text.append(pretty ? line : "").append(']');
    }

    private void quote(String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '"' -> text.append("\\\"");
                case '\\' -> text.append("\\\\");
                case '\n' -> text.append("\\n");
                case '\t' -> text.append("\\t");
                case '\r' -> text.append("\\r");
                default -> {
                    if (c < ' ') {
                        text.append(String.format("\\u%04x", (int) c));
                    } else {
                        text.append(c);
                    }
                }
            }
        }
        text.append('"');
    }
}
