package org.berth.runtime.oci.lifecycle;

import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.runtime.oci.config.LinuxPart;

/** The host's network interfaces that become a container's ({@code linux.netDevices}). */
final class NetworkDevices {
    private NetworkDevices() {}

    static void move(LinuxPart linux, long pid) {
        if (!linux.netDevices().isEmpty()) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED, "linux.netDevices: interfaces can't be moved yet (process " + pid + ")");
        }
    }
}
