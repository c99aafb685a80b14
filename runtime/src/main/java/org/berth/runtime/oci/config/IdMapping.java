package org.berth.runtime.oci.config;

/** A range of ids. @param size how many, from {@code containerId} and {@code hostId} up */
public record IdMapping(long containerId, long hostId, long size) {
    static IdMapping of(ConfigNode node) {
        return new IdMapping(
                node.member("containerID").map(ConfigNode::word).orElse(0L),
                node.member("hostID").map(ConfigNode::word).orElse(0L),
                node.required("size").number(1, 0xffff_ffffL));
    }

    /** A line of uid_map or gid_map (user_namespaces(7)). */
    public String line() {
        return containerId + " " + hostId + " " + size + "\n";
    }
}
