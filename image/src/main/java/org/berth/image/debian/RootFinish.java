package org.berth.image.debian;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.berth.linux.path.Folder;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.LastLink;

/** What a root has besides its packages: before they come, while they are configured, and after. */
final class RootFinish {
    private static final String POLICY = "usr/sbin/policy-rc.d";
    private static final String ARCHITECTURE = "amd64";

    /** _apt in base-passwd's fixed list (Debian Policy 9.2.2). */
    private static final long APT_USER = 42;

    /** What says when or how the root was made, and caches. */
    private static final List<String> REMOVED = List.of(
            "var/log/dpkg.log",
            "var/log/alternatives.log",
            "var/cache/ldconfig/aux-cache",
            "var/lib/dbus/machine-id",
            "run/mount",
            POLICY);

    private final InRoot root;

    RootFinish(InRoot root) {
        this.root = root;
    }

    /**
     * Folders and links that must be there before the first package: the links of a merged /usr, and
     * what dpkg and apt expect.
     */
    void begin() {
        root.chown(".", 0, 0, LastLink.FOLLOW);
        root.chmod(".", 0755);
        for (String folder : List.of("bin", "sbin", "lib", "lib64")) {
            root.makeFolders("usr/" + folder, 0755, 0, 0).close();
            root.symlink("usr/" + folder, folder);
        }
        root.makeFolders("tmp", 01777, 0, 0).close();
    }

    /** No service is started while packages are configured (invoke-rc.d(8)). */
    void beginConfiguration() {
        put(POLICY, "#!/bin/sh\nexit 101\n", 0755);
    }

    void end(Selection selection, List<String> sourceLines) {
        put("etc/apt/sources.list", String.join("\n", sourceLines) + "\n", 0644);
        if (root.find("etc/fstab", LastLink.KEEP).isEmpty()) {
            put("etc/fstab", "# UNCONFIGURED FSTAB FOR BASE SYSTEM\n", 0644);
        }
        for (String folder : List.of("var/lib/apt/lists", "var/cache/apt/archives")) {
            root.makeFolders(folder + "/partial", 0700, APT_USER, 0).close();
            root.chown(folder + "/partial", APT_USER, 0, LastLink.FOLLOW);
            root.chmod(folder + "/partial", 0700);
            put(folder + "/lock", "", 0640);
        }
        put("var/lib/apt/extended_states", automatic(selection), 0644);
        root.makeFolders("var/log/apt", 0755, 0, 0).close();
        REMOVED.forEach(this::remove);
        empty("run", Set.of("lock"));
        empty("tmp", Set.of());
        if (root.find("etc/machine-id", LastLink.KEEP).isPresent()) {
            put("etc/machine-id", "", 0644);
        }
    }

    /** Which packages apt may offer to remove again, as it keeps them itself. */
    private static String automatic(Selection selection) {
        StringBuilder states = new StringBuilder();
        for (String name : selection.automatic()) {
            states.append("Package: ")
                    .append(name)
                    .append("\nArchitecture: " + ARCHITECTURE + "\nAuto-Installed: 1\n\n");
        }
        return states.toString();
    }

    private void put(String path, String text, int mode) {
        root.replace(path, text.getBytes(StandardCharsets.UTF_8), mode, 0, 0);
    }

    private void remove(String path) {
        if (root.find(path, LastLink.KEEP).isPresent()) {
            root.removeAll(path);
        }
    }

    private void empty(String path, Set<String> kept) {
        try (Folder folder = root.folder(path)) {
            folder.list().stream()
                    .filter(entry -> !kept.contains(entry.name()))
                    .forEach(entry -> folder.removeAll(entry.name()));
        }
    }
}
