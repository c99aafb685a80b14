package org.berth.runtime;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.berth.linux.seccomp.StandardFilter;

/** The compiled seccomp filters, one for each set of capabilities; few sets are ever used. */
final class Filters {
    private final Map<Set<String>, byte[]> compiled = new ConcurrentHashMap<>();

    byte[] of(Capabilities capabilities) {
        return compiled.computeIfAbsent(
                capabilities.names(), names -> StandardFilter.of(names).bytes());
    }
}
