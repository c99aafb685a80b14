package org.berth.runtime.oci.config;

import java.util.BitSet;
import java.util.List;

/**
 * Where a process's memory comes from (set_mempolicy(2)).
 *
 * @param nodes of the machine's memory
 */
public record MemoryPolicy(Mode mode, BitSet nodes, List<Flag> flags) {
    public MemoryPolicy {
        nodes = (BitSet) nodes.clone();
        flags = List.copyOf(flags);
    }

    @Override
    public BitSet nodes() {
        return (BitSet) nodes.clone();
    }

    /** MPOL_*, in the order of the kernel's numbers (linux/mempolicy.h). */
    public enum Mode {
        MPOL_DEFAULT,
        MPOL_PREFERRED,
        MPOL_BIND,
        MPOL_INTERLEAVE,
        MPOL_LOCAL,
        MPOL_PREFERRED_MANY,
        MPOL_WEIGHTED_INTERLEAVE
    }

    /** MPOL_F_*. */
    public enum Flag {
        MPOL_F_STATIC_NODES(1 << 15),
        MPOL_F_RELATIVE_NODES(1 << 14),
        MPOL_F_NUMA_BALANCING(1 << 13);

        private final int bit;

        Flag(int bit) {
            this.bit = bit;
        }

        public int bit() {
            return bit;
        }
    }

    /** The mode with its flags, as set_mempolicy(2) takes it. */
    public int number() {
        int number = mode.ordinal();
        for (Flag flag : flags) {
            number |= flag.bit();
        }
        return number;
    }

    static MemoryPolicy of(ConfigNode node) {
        Mode mode = node.required("mode").oneOf(Mode.values());
        BitSet nodes = node.member("nodes")
                .filter(list -> !list.text().isEmpty())
                .map(list -> CpuList.parse(list.text()).orElseThrow(() -> list.expected("a list of nodes as 0-3,7")))
                .orElse(new BitSet());
        boolean none = mode == Mode.MPOL_DEFAULT || mode == Mode.MPOL_LOCAL;
        if (none && !nodes.isEmpty()) {
            throw node.required("nodes").expected("no nodes with " + mode);
        }
        if (nodes.isEmpty() && !none && mode != Mode.MPOL_PREFERRED) {
            throw ConfigNode.error(node.path() + ".nodes", "expected nodes with " + mode + ", found none");
        }
        return new MemoryPolicy(mode, nodes, node.list("flags", flag -> flag.oneOf(Flag.values())));
    }
}
