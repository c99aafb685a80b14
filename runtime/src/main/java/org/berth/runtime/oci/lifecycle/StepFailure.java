package org.berth.runtime.oci.lifecycle;

import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Errno;

/** The error that a step of a launch program failed with. */
final class StepFailure {
    private StepFailure() {}

    /** "mount proc on /proc: operation not permitted". @param errno 0 when the label says it all */
    static BerthException of(String label, int errno) {
        return new BerthException(ErrorCode.KERNEL, errno == 0 ? label : label + ": " + Errno.message(errno));
    }
}
