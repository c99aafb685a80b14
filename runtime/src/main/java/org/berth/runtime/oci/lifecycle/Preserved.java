package org.berth.runtime.oci.lifecycle;

import java.util.ArrayList;
import java.util.List;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Descriptor;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.runtime.oci.plan.BundleDescriptors;

/** The descriptors from 3 on that a caller hands on to a container's process. */
final class Preserved {
    private static final int FIRST = 3;
    private static final int F_GETFD = 1;

    /** Those that were open before the virtual machine opened files of its own: its launcher says so. */
    private static final String OPEN = "BERTH_OCI_OPEN";

    private Preserved() {}

    /**
     * Those up to the first that was not open: what lies there now is none of the container's business.
     * They stay the caller's.
     */
    static List<Descriptor> of(int count) {
        if (count < 0) {
            throw new BerthException(ErrorCode.INVALID, "--preserve-fds: expected a number, found " + count);
        }
        List<String> open =
                List.of(System.getenv().getOrDefault(OPEN, "").trim().split(" ", -1));
        List<Descriptor> preserved = new ArrayList<>();
        for (int number = FIRST; number < FIRST + count; number++) {
            boolean told = !System.getenv().containsKey(OPEN) || open.contains(Integer.toString(number));
            if (!told || SystemCalls.attempt(SystemCallNumber.FCNTL, number, F_GETFD, 0) < 0) {
                break;
            }
            preserved.add(new Descriptor(number));
        }
        if (preserved.size() > BundleDescriptors.PRESERVED_MAX) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "--preserve-fds: expected at most " + BundleDescriptors.PRESERVED_MAX + ", found " + count);
        }
        return preserved;
    }
}
