package org.berth.runtime.oci.lifecycle;

import java.nio.file.Path;
import java.util.TreeMap;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.SystemCallException;
import org.berth.linux.netlink.LinkMove;
import org.berth.linux.netlink.NetworkNamespace;
import org.berth.runtime.oci.config.LinuxPart;

/**
 * The host's network interfaces that become a container's ({@code linux.netDevices}). They go back to the host,
 * or with the namespace, as the kernel has it: hardware is given back, what is made of software ends.
 */
final class NetworkDevices {
    private NetworkDevices() {}

    /** @param pid a process in the namespace, which waits */
    static void move(LinuxPart linux, long pid) {
        if (linux.netDevices().isEmpty()) {
            return;
        }
        try (NetworkNamespace namespace = NetworkNamespace.open(Path.of("/proc", Long.toString(pid), "ns/net"))) {
            new TreeMap<>(linux.netDevices()).forEach((name, given) -> {
                try {
                    LinkMove.move(name, given.isEmpty() ? name : given, namespace);
                } catch (SystemCallException e) {
                    throw new BerthException(ErrorCode.KERNEL, "linux.netDevices." + name + ": " + e.getMessage(), e);
                }
            });
        }
    }
}
