package org.berth.compose;

/**
 * A port published on the host; a range in the file is one of these for each port.
 *
 * @param address the host's IPv4 address; 127.0.0.1 unless the file names one
 * @param published the host's port; 0 asks for a free one
 * @param target the container's port
 * @param protocol "tcp" or "udp"
 */
public record Port(String address, int published, int target, String protocol) {
    /** Where ports are published when the file names no address: this machine only. */
    public static final String LOOPBACK = "127.0.0.1";
}
