package org.berth.runtime.oci.lifecycle;

import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/** One more process joins a container that runs. */
final class Joining {
    private final ExecRequest request;

    Joining(Environment environment, ExecRequest request) {
        this.request = request;
    }

    int exec() {
        throw new BerthException(ErrorCode.UNSUPPORTED, "exec in " + request.id() + ": not there yet");
    }
}
