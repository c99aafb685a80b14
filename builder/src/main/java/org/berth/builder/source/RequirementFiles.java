package org.berth.builder.source;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * requirements.txt and the files that it names (-r, -c), by their paths in the folder. What pip makes of
 * the lines is pip's affair; only what would need files that aren't there at that step is refused.
 */
final class RequirementFiles {
    private static final int FILES_MAX = 50;
    private static final Pattern OTHER =
            Pattern.compile("(?:-r|-c|--requirement|--constraint)(?:\\s+|=|(?<=-[rc]))(\\S+)(?:\\s+#.*)?");
    private static final Pattern LOCAL = Pattern.compile("(?:-e|--editable)\\b.*|\\.{1,2}(?:/.*)?|/.*|file:.*");

    private RequirementFiles() {}

    /**
     * Reads them all.
     *
     * @param reader the text of a file of the folder
     */
    static Map<String, String> read(String first, Function<String, Optional<String>> reader) {
        Map<String, String> files = new TreeMap<>();
        Deque<String> open = new ArrayDeque<>();
        open.add(first);
        while (!open.isEmpty()) {
            String path = open.remove();
            if (files.containsKey(path)) {
                continue;
            }
            String text =
                    reader.apply(path).orElseThrow(() -> new BerthException(ErrorCode.INVALID, path + " is not there"));
            files.put(path, text);
            if (files.size() > FILES_MAX) {
                throw new BerthException(ErrorCode.INVALID, first + " names more than " + FILES_MAX + " files");
            }
            lines(path, text, open);
        }
        return Collections.unmodifiableMap(files);
    }

    private static void lines(String path, String text, Deque<String> open) {
        int number = 0;
        for (String raw : text.lines().toList()) {
            number++;
            String line = raw.strip();
            Matcher other = OTHER.matcher(line);
            if (LOCAL.matcher(line).matches()) {
                throw new BerthException(
                        ErrorCode.UNSUPPORTED,
                        path + ":" + number + ": '" + line
                                + "' is a path: requirements are installed before the source is there; name a package, or use a Dockerfile");
            }
            if (other.matches() && !other.group(1).contains("://")) {
                open.add(beside(path, number, other.group(1)));
            }
        }
    }

    /** A path beside another, within the folder. */
    private static String beside(String path, int line, String other) {
        Deque<String> components = new ArrayDeque<>();
        String whole = path.contains("/") ? path.substring(0, path.lastIndexOf('/')) + "/" + other : other;
        for (String component : whole.split("/", -1)) {
            if (component.equals("..")) {
                if (components.pollLast() == null) {
                    throw new BerthException(
                            ErrorCode.INVALID, path + ":" + line + ": '" + other + "' is outside of the folder");
                }
            } else if (!component.isEmpty() && !component.equals(".")) {
                components.add(component);
            }
        }
        return String.join("/", components);
    }
}
