package org.berth.builder;

import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.builder.BuildOptions.Entitlement;
import org.berth.builder.dockerfile.Instruction.RunNetwork;
import org.berth.builder.dockerfile.Instruction.RunSecurity;

/**
 * The one place that a step passes which asks for more than a container's rights (CVE-2024-23653: an interface beside the
 * checked one ran privileged steps). It looks at what is about to run, not at what was planned.
 */
final class Entitlements {
    private Entitlements() {}

    /** @throws BerthException UNAUTHORIZED when the step asks for what was not granted */
    static void check(Operation.Run run, Set<Entitlement> granted) {
        if (run.network() == RunNetwork.HOST) {
            require(Entitlement.NETWORK_HOST, run, granted);
        }
        if (run.security() == RunSecurity.INSECURE) {
            require(Entitlement.SECURITY_INSECURE, run, granted);
        }
    }

    private static void require(Entitlement needed, Operation.Run run, Set<Entitlement> granted) {
        if (!granted.contains(needed)) {
            throw new BerthException(
                    ErrorCode.UNAUTHORIZED,
                    run.place()
                            .say(run.text() + ": " + needed.title() + " is not allowed; grant it by --allow "
                                    + needed.title()));
        }
    }
}
