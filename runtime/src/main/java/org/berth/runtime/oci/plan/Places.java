package org.berth.runtime.oci.plan;

import java.util.TreeMap;
import org.berth.linux.launch.Datum;
import org.berth.runtime.plan.Script;

/**
 * Where a path of the container is resolved: below a file system that was made for it, in that very
 * mount. By its path from the root it could be another by now, when a folder above is shared with
 * other containers (CVE-2025-31133).
 */
final class Places {
    private final TreeMap<String, Datum> made = new TreeMap<>();
    private final Datum root;

    Places(Datum root) {
        this.root = root;
    }

    /** A path and the mount it is resolved in. */
    record Place(Datum mount, String path) {}

    /** The container's root. */
    Datum root() {
        return root;
    }

    /** A new file system is mounted there: nothing of the image is in it. */
    void made(String path, Datum mount) {
        made.put(path, mount);
    }

    /** Something else is mounted there: what was below is covered. */
    void covered(String path) {
        made.keySet().removeIf(one -> one.equals(path) || one.startsWith(path + "/"));
    }

    /** Where an absolute path is resolved; one with "/." at its end is what is mounted there. */
    Place of(String path) {
        String clean = "/" + Script.relative(path) + (path.endsWith("/.") ? "/" : "");
        String best = "";
        for (String one : made.keySet()) {
            if (clean.startsWith(one + "/") && one.length() > best.length()) {
                best = one;
            }
        }
        Datum mount = made.get(best);
        return mount == null ? new Place(root, clean) : new Place(mount, clean.substring(best.length()));
    }

    /** Opens a folder, made where it is missing. */
    Datum openOrMakeFolder(Script script, String label, String path) {
        Place place = of(path);
        return script.openOrMakeFolder(label, place.mount(), place.path());
    }

    /** Opens a file, made where it is missing. */
    Datum openOrMakeFile(Script script, String label, String path) {
        Place place = of(path);
        return script.openOrMakeFile(label, place.mount(), place.path());
    }
}
