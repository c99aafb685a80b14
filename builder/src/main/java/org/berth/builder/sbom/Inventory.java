package org.berth.builder.sbom;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.JsonTree;
import org.berth.builder.sbom.Component.Kind;
import org.berth.linux.SystemCallException;
import org.berth.linux.path.FileType;
import org.berth.linux.path.Folder;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.OpenFile;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Finds the packages in an image's root: dpkg's records, Python's dist-info and egg-info, package.json below node_modules, and
 * Maven's properties in jars. What can't be read as what it should be is left out.
 */
public final class Inventory {
    private static final int DPKG_BYTES_MAX = 64 * 1024 * 1024;
    private static final int TEXT_BYTES_MAX = 1024 * 1024;
    private static final int ENTRIES_MAX = 2_000_000;
    private static final int DEPTH_MAX = 64;
    private static final Set<String> PASSED_OVER = Set.of("/proc", "/sys", "/dev");
    private static final String STATUS = "var/lib/dpkg/status";

    private final InRoot root;
    private final Set<Component> found = new TreeSet<>();
    private int entries;

    private Inventory(InRoot root) {
        this.root = root;
    }

    /** The packages of a root, sorted. */
    public static List<Component> of(InRoot root) {
        Inventory inventory = new Inventory(root);
        inventory.debian();
        inventory.walk("", 0);
        return List.copyOf(inventory.found);
    }

    /** dpkg's status file (deb-control(5)). */
    private void debian() {
        String vendor = vendor();
        for (String stanza : root.readText(STATUS, DPKG_BYTES_MAX).orElse("").split("\n\n")) {
            Map<String, String> fields = fields(stanza);
            if (fields.getOrDefault("Status", "").endsWith(" installed")) {
                found.add(new Component(
                        Kind.DEB,
                        vendor,
                        fields.getOrDefault("Package", ""),
                        fields.getOrDefault("Version", ""),
                        "arch=" + fields.getOrDefault("Architecture", "all"),
                        "",
                        STATUS));
            }
        }
    }

    private String vendor() {
        return root.readText("etc/os-release", TEXT_BYTES_MAX)
                .flatMap(text -> text.lines()
                        .filter(line -> line.startsWith("ID="))
                        .map(line -> line.substring(3).replace("\"", ""))
                        .findFirst())
                .orElse("debian");
    }

    private void walk(String folder, int depth) {
        if (depth > DEPTH_MAX || PASSED_OVER.contains(folder)) {
            return;
        }
        for (Folder.Entry entry : root.list(folder.isEmpty() ? "/" : folder)) {
            if (++entries > ENTRIES_MAX) {
                throw new BerthException(ErrorCode.EXHAUSTED, "the image has more than " + ENTRIES_MAX + " files");
            }
            String path = folder + "/" + entry.name();
            if (entry.type() == FileType.FOLDER) {
                walk(path, depth + 1);
            } else if (entry.type() == FileType.REGULAR) {
                file(folder, entry.name(), path);
            }
        }
    }

    private void file(String folder, String name, String path) {
        try {
            if (name.equals("METADATA") && folder.endsWith(".dist-info")
                    || name.equals("PKG-INFO") && folder.endsWith(".egg-info")
                    || name.endsWith(".egg-info")) {
                root.readText(path, TEXT_BYTES_MAX).ifPresent(text -> python(text, path));
            } else if (name.equals("package.json") && isPackage(folder)) {
                root.readText(path, TEXT_BYTES_MAX).ifPresent(text -> node(text, path));
            } else if (name.endsWith(".jar") || name.endsWith(".war")) {
                try (OpenFile file = root.read(path)) {
                    found.addAll(Jar.read(file, path));
                }
            }
        } catch (SystemCallException | BerthException e) {
            // longer than such a file is, or no file of that kind
        }
    }

    private void python(String text, String path) {
        Map<String, String> fields = fields(text.split("\n\n", 2)[0]);
        String name = fields.getOrDefault("Name", "");
        if (!name.isEmpty()) {
            found.add(new Component(
                    Kind.PYPI,
                    "",
                    name.toLowerCase(Locale.ROOT).replaceAll("[-_.]+", "-"),
                    fields.getOrDefault("Version", ""),
                    "",
                    fields.getOrDefault("License-Expression", ""),
                    path));
        }
    }

    /** A folder in node_modules, or in a scope's folder there. */
    private static boolean isPackage(String folder) {
        String above = folder.substring(0, Math.max(0, folder.lastIndexOf('/')));
        String scope = above.substring(above.lastIndexOf('/') + 1);
        return above.endsWith("/node_modules") || scope.startsWith("@") && above.endsWith("/node_modules/" + scope);
    }

    private void node(String text, String path) {
        JsonNode description;
        try {
            description = JsonTree.read(text);
        } catch (JacksonException e) {
            return;
        }
        String name = description.path("name").asString("");
        String version = description.path("version").asString("");
        if (name.isEmpty() || version.isEmpty()) {
            return; // a part of a package has such a file, too
        }
        int slash = name.startsWith("@") ? name.indexOf('/') : -1;
        found.add(new Component(
                Kind.NPM,
                slash < 0 ? "" : name.substring(0, slash),
                name.substring(slash + 1),
                version,
                "",
                description.path("license").asString(""),
                path));
    }

    /** "Name: value" lines; continued ones are left out. */
    static Map<String, String> fields(String text) {
        Map<String, String> fields = new HashMap<>();
        List<String> lines = new ArrayList<>(text.lines().toList());
        for (String line : lines) {
            int colon = line.indexOf(':');
            if (colon > 0 && !Character.isWhitespace(line.charAt(0))) {
                fields.putIfAbsent(
                        line.substring(0, colon), line.substring(colon + 1).strip());
            }
        }
        return fields;
    }
}
