package org.berth.runtime.oci.lifecycle;

import java.util.List;
import java.util.Set;
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
    /** To fchown(2): stays as it is. */
    private static final long SAME = -1;

    private StandardStreams() {}

    /** Without a terminal of its own. What can't be given (a file of a read-only mount) is left alone. */
    static void give(OciProcess process, LinuxPart linux) {
        if (process.terminal()) {
            return;
        }
        give(process, linux, BundleFacts.givenStreams());
    }

    /** The user alone: the group stays, as with other runtimes. */
    static void give(OciProcess process, LinuxPart linux, Set<Integer> streams) {
        long uid = outside(process.user().uid(), linux.uidMappings(), linux);
        for (int number : streams) {
            SystemCalls.attempt(SystemCallNumber.FCHOWN, number, uid, SAME);
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
        return SAME;
    }
}
