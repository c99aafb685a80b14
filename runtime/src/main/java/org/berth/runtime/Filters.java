package org.berth.runtime;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.seccomp.Architecture;
import org.berth.linux.seccomp.CompiledFilter;
import org.berth.linux.seccomp.FilterRules;
import org.berth.linux.seccomp.StandardFilter;
import org.berth.linux.seccomp.SystemCallFilters;
import org.berth.runtime.explain.FilterWords;
import org.berth.runtime.seccomp.DockerProfile;

/**
 * The compiled seccomp filters: the standard one for each set of capabilities, of which few are ever used, and
 * those of profiles that containers bring.
 */
final class Filters {
    /** The choice of no filter. */
    static final String UNCONFINED = "unconfined";

    private final Map<Set<String>, byte[]> standard = new ConcurrentHashMap<>();
    private final SystemCallFilters profiles = new SystemCallFilters();

    /** The standard filter. */
    byte[] of(Capabilities capabilities) {
        return standard.computeIfAbsent(
                capabilities.names(), names -> StandardFilter.of(names).bytes());
    }

    /**
     * The filter that a container asks for, as {@link ContainerSpec#seccomp} says it; empty: none.
     *
     * @throws BerthException INVALID for a profile that can't be read, UNSUPPORTED for one with a listener
     */
    Optional<byte[]> of(Capabilities capabilities, Optional<String> choice) {
        if (choice.isEmpty()) {
            return Optional.of(of(capabilities));
        }
        if (choice.get().equals(UNCONFINED)) {
            return Optional.empty();
        }
        if (choice.get().equals(Learning.CHOICE)) {
            return Optional.of(StandardFilter.told(capabilities.names()).bytes());
        }
        CompiledFilter filter = profiles.of(rules(capabilities, choice.get()));
        if (filter.notifies()) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED,
                    "seccomp profile: SCMP_ACT_NOTIFY needs a listener, which containers of the engine have not");
        }
        return Optional.of(filter.bytes());
    }

    /** In words, for people. */
    List<String> words(Capabilities capabilities, Optional<String> choice) {
        if (choice.isEmpty() || choice.get().equals(Learning.CHOICE)) {
            return FilterWords.of("x86-64", Architecture.X86_64, StandardFilter.table(capabilities.names()));
        }
        return choice.get().equals(UNCONFINED)
                ? List.of("system calls are not filtered")
                : FilterWords.of(SystemCallFilters.tables(rules(capabilities, choice.get())));
    }

    private static FilterRules rules(Capabilities capabilities, String profile) {
        return new DockerProfile(capabilities.names(), Kernel.RELEASE).read(profile);
    }

    /** Read when it is first asked for. */
    private static final class Kernel {
        static final String RELEASE = release();

        private Kernel() {}

        private static String release() {
            try {
                return Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip();
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException("read the kernel's release", e);
            }
        }
    }
}
