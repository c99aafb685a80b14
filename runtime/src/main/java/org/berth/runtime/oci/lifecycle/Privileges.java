package org.berth.runtime.oci.lifecycle;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this process may do on its host. */
final class Privileges {
    private static final String EVERY_ID = "4294967295";

    private Privileges() {}

    /** Whether it is root, and of the host's own user namespace. */
    static boolean ofHost() {
        return isRoot() && read("/proc/self/uid_map").contains(EVERY_ID);
    }

    /** Whether its user id is 0, here. */
    static boolean isRoot() {
        return read("/proc/self/status").contains("\nUid:\t0\t0\t0\t0\n");
    }

    private static String read(String file) {
        try {
            return new String(Files.readAllBytes(Path.of(file)), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }
}
