package org.berth.runtime.oci.lifecycle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.runtime.oci.config.IdMapping;
import org.berth.runtime.oci.config.LinuxPart;
import org.berth.runtime.oci.config.Namespace.Kind;
import org.berth.runtime.oci.config.OciProcess;
import org.berth.runtime.oci.facts.BundleFacts;

/**
 * Standard input, output and errors, which a container's process has of the runtime: they are given to its
 * user, who could not open them again by /proc/self/fd or /dev/stdout else.
 */
final class StandardStreams {
    private StandardStreams() {}

    /** Without a terminal of its own. What can't be given (a file of a read-only mount) is left alone. */
    static void give(OciProcess process, LinuxPart linux) {
        if (process.terminal()) {
            return;
        }
        long uid = outside(process.user().uid(), linux.uidMappings(), linux);
        long gid = outside(process.user().gid(), linux.gidMappings(), linux);
        for (int number = 0; number <= 2; number++) {
            if (isGivable(number)) {
                SystemCalls.attempt(SystemCallNumber.FCHOWN, number, uid, gid);
            }
        }
    }

    /** /dev/null is everybody's. */
    private static boolean isGivable(int number) {
        try {
            String target =
                    Files.readSymbolicLink(Path.of("/proc/self/fd/" + number)).toString();
            return !BundleFacts.isNullDevice(number) && !target.startsWith("/dev/pts/");
        } catch (IOException e) {
            return false; // it is closed
        }
    }

    private static long outside(long id, List<IdMapping> mappings, LinuxPart linux) {
        if (!linux.has(Kind.USER)) {
            return id;
        }
        for (IdMapping mapping : mappings) {
            if (id >= mapping.containerId() && id - mapping.containerId() < mapping.size()) {
                return mapping.hostId() + id - mapping.containerId();
            }
        }
        return -1; // stays as it is
    }
}
