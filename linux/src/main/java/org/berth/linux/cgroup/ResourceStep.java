package org.berth.linux.cgroup;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Writes that belong together.
 *
 * @param eitherOrder whether the kernel may want them the other way round, depending on what is set already:
 *     memory must never be above memory with swap, nor a burst above the quota
 */
record ResourceStep(List<ResourceWrite> writes, boolean eitherOrder) {
    ResourceStep {
        writes = List.copyOf(writes);
    }

    static ResourceStep of(ResourceWrite write) {
        return new ResourceStep(List.of(write), false);
    }

    @Override
    public String toString() {
        String lines = writes.stream().map(ResourceWrite::toString).collect(Collectors.joining("\n"));
        return eitherOrder ? "either order:\n" + lines.indent(2).stripTrailing() : lines;
    }
}
