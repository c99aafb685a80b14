package org.berth.runtime;

import java.util.Optional;
import org.berth.base.Json;
import org.berth.linux.user.UserRange;
import org.berth.runtime.plan.Placement;

/**
 * What an exec's launch program is planned from. It is not stored, as a container's is: nobody plans it again.
 *
 * @param placement without the seccomp filter
 */
record ExecInput(ProcessSpec process, Optional<UserRange> users, Placement placement) {
    /** As JSON. */
    static String of(ProcessSpec process, Optional<UserRange> users, Placement placement) {
        return Json.MAPPER.writeValueAsString(new ExecInput(process, users, placement.withoutFilter()));
    }
}
