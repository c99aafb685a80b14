package org.berth.linux.path;

import java.util.ArrayList;
import java.util.List;

/** A path's text, split; nothing is looked up, so ".." stays as it is. */
record InRootPath(List<String> components) {
    static InRootPath of(String path) {
        if (path.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a path holds no NUL byte");
        }
        List<String> components = new ArrayList<>();
        for (String component : path.split("/", -1)) {
            if (!component.isEmpty() && !component.equals(".")) {
                components.add(component);
            }
        }
        return new InRootPath(List.copyOf(components));
    }

    /** The path before the last component; "." for the root. */
    String parent() {
        return components.size() < 2 ? "." : String.join("/", components.subList(0, components.size() - 1));
    }

    /** The last component; the root and ".." are no names that can be made or removed. */
    String name() {
        if (components.isEmpty() || components.getLast().equals("..")) {
            throw new IllegalArgumentException(
                    "a path to a name in the root was expected: '" + String.join("/", components) + "'");
        }
        return components.getLast();
    }
}
