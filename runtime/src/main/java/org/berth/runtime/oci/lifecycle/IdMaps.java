package org.berth.runtime.oci.lifecycle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.FileErrors;
import org.berth.runtime.oci.config.IdMapping;

/** Writes the id maps of a user namespace that was just made (user_namespaces(7)). */
final class IdMaps {
    private static final long HELPER_TIMEOUT_SECONDS = 10;

    private IdMaps() {}

    /** For the namespace that this process is in. */
    static void write(long pid, List<IdMapping> users, List<IdMapping> groups) {
        Path folder = Path.of("/proc", Long.toString(pid));
        boolean privileged = Privileges.isRoot();
        if (!privileged && isOwnOnly(groups)) {
            put(folder.resolve("setgroups"), "deny"); // else an ordinary user can't write a gid_map
        }
        map(folder.resolve("gid_map"), "newgidmap", pid, groups, privileged);
        map(folder.resolve("uid_map"), "newuidmap", pid, users, privileged);
    }

    /** One's own id can be mapped without help. */
    private static boolean isOwnOnly(List<IdMapping> mappings) {
        return mappings.size() == 1 && mappings.getFirst().size() == 1;
    }

    private static void map(Path file, String helper, long pid, List<IdMapping> mappings, boolean privileged) {
        if (mappings.isEmpty()) {
            return;
        }
        if (privileged || isOwnOnly(mappings)) {
            StringBuilder text = new StringBuilder();
            for (IdMapping mapping : mappings) {
                text.append(mapping.line());
            }
            put(file, text.toString());
            return;
        }
        help(helper, pid, mappings);
    }

    /** The setuid helper that knows /etc/subuid: there is no other way for an ordinary user. */
    private static void help(String helper, long pid, List<IdMapping> mappings) {
        List<String> command = new ArrayList<>(List.of(helper, Long.toString(pid)));
        for (IdMapping mapping : mappings) {
            command.add(Long.toString(mapping.containerId()));
            command.add(Long.toString(mapping.hostId()));
            command.add(Long.toString(mapping.size()));
        }
        try {
            Process process = new ProcessBuilder(command).inheritIO().start();
            if (!process.waitFor(HELPER_TIMEOUT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new BerthException(
                        ErrorCode.KERNEL, helper + " could not write the id map; are the ids in /etc/subuid?");
            }
        } catch (IOException e) {
            throw new BerthException(
                    ErrorCode.NOT_FOUND, helper + " can't be run, install the package uidmap: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BerthException(ErrorCode.INTERNAL, "interrupted while " + helper + " ran", e);
        }
    }

    /** In one write(2), as the kernel wants it. */
    private static void put(Path file, String text) {
        try {
            Files.writeString(file, text, java.nio.file.StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw FileErrors.of("write " + file, e);
        }
    }
}
