package org.berth.builder;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.berth.builder.dockerfile.Place;

/** Paths that instructions name in an image: made absolute and plain, and checked. */
final class ImagePaths {
    private static final Set<String> KERNELS = Set.of("proc", "sys", "dev");

    private ImagePaths() {}

    /** A path from a folder; "." and ".." are resolved in the text, a slash at the end stays. */
    static String resolve(String folder, String path) {
        String whole = path.startsWith("/") ? path : folder + "/" + path;
        List<String> components = new ArrayList<>();
        for (String component : whole.split("/", -1)) {
            if (component.equals("..")) {
                if (!components.isEmpty()) {
                    components.removeLast();
                }
            } else if (!component.isEmpty() && !component.equals(".")) {
                components.add(component);
            }
        }
        boolean isFolder = path.endsWith("/") || path.equals(".") || path.endsWith("/.") || path.endsWith("..");
        return "/" + String.join("/", components) + (isFolder && !components.isEmpty() ? "/" : "");
    }

    /**
     * The path, unless it is where the kernel's own file systems are: a working folder there can be an
     * open descriptor of whoever starts the process (CVE-2024-21626), a volume there hides them
     * (CVE-2019-16884).
     */
    static String ordinary(String path, String instruction, Place place) {
        String first = path.substring(1).split("/", 2)[0];
        if (KERNELS.contains(first)) {
            throw place.invalid(instruction + " " + path + ": a path outside of /proc, /sys and /dev was expected");
        }
        return path;
    }

    /** Without a slash at its end, but for the root. */
    static String plain(String path) {
        return path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }
}
