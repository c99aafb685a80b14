package org.berth.image.layer;

import java.util.ArrayList;
import java.util.List;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * A path within a layer, made plain: no leading slash, no ".", no "..".
 *
 * @param folder the path of the folder it is in; "" for the root
 * @param name its last component; "" for the root itself
 */
record EntryPath(String folder, String name) {
    private static final int LENGTH_MAX = 4095; // PATH_MAX without its NUL

    /** Reads a tar entry's name; one that would climb out of the root is refused. */
    static EntryPath of(String text) {
        if (text.length() > LENGTH_MAX || text.indexOf('\0') >= 0) {
            throw new BerthException(
                    ErrorCode.INVALID, "tar: a path is longer than " + LENGTH_MAX + " bytes or has a NUL in it");
        }
        List<String> components = new ArrayList<>();
        for (String component : text.split("/", -1)) {
            if (component.equals("..")) {
                throw new BerthException(ErrorCode.INVALID, "tar: the path " + text + " leads out of the layer");
            }
            if (!component.isEmpty() && !component.equals(".")) {
                components.add(component);
            }
        }
        if (components.isEmpty()) {
            return new EntryPath("", "");
        }
        String name = components.removeLast();
        return new EntryPath(String.join("/", components), name);
    }

    /** Where a symbolic link in {@code folder} leads, kept within the root as the kernel keeps it. */
    static String resolve(String folder, String target) {
        List<String> components = new ArrayList<>();
        String whole = target.startsWith("/") ? target : folder + "/" + target;
        for (String component : whole.split("/", -1)) {
            if (component.equals("..")) {
                if (!components.isEmpty()) {
                    components.removeLast();
                }
            } else if (!component.isEmpty() && !component.equals(".")) {
                components.add(component);
            }
        }
        return String.join("/", components);
    }

    boolean isRoot() {
        return name.isEmpty();
    }

    String full() {
        return folder.isEmpty() ? name : folder + "/" + name;
    }
}
