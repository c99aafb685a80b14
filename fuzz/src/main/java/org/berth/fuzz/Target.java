package org.berth.fuzz;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.berth.builder.cache.CacheFuzz;
import org.berth.builder.dockerfile.DockerfileFuzz;
import org.berth.compose.text.InterpolationFuzz;
import org.berth.linux.cgroup.MountTableFuzz;
import org.berth.linux.launch.LaunchProgramFuzz;
import org.berth.linux.netlink.NetlinkFuzz;
import org.berth.linux.path.UsersFuzz;
import org.berth.runtime.oci.config.ConfigFuzz;
import org.berth.runtime.plan.PlanFuzz;

/** What can be fuzzed, by name. */
enum Target {
    /** passwd, group and the text of a user. */
    USERS(UsersFuzz.class, UsersFuzz::fuzzerTestOneInput),
    /** Netlink datagrams, down to nested attributes. */
    NETLINK(NetlinkFuzz.class, NetlinkFuzz::fuzzerTestOneInput),
    /** The mount table. */
    MOUNTINFO(MountTableFuzz.class, MountTableFuzz::fuzzerTestOneInput),
    /** The encoder of launch programs. */
    LAUNCH(LaunchProgramFuzz.class, LaunchProgramFuzz::fuzzerTestOneInput),
    /** A container's plan: paths, mount options, arguments. */
    PLAN(PlanFuzz.class, PlanFuzz::fuzzerTestOneInput),
    /** A bundle's config.json, mount options included. */
    CONFIG(ConfigFuzz.class, ConfigFuzz::fuzzerTestOneInput),
    /** Dockerfiles. */
    DOCKERFILE(DockerfileFuzz.class, DockerfileFuzz::fuzzerTestOneInput),
    /** Caches of builds that others wrote. */
    CACHE(CacheFuzz.class, CacheFuzz::fuzzerTestOneInput),
    /** Variables in Compose files, .env files, command lines. */
    COMPOSE(InterpolationFuzz.class, InterpolationFuzz::fuzzerTestOneInput);

    /** Feeds one input. */
    interface Feed {
        /** Returns when all is well; anything thrown is a finding. */
        void feed(byte[] input);
    }

    private final Class<?> type;
    private final Feed feed;

    Target(Class<?> type, Feed feed) {
        this.type = type;
        this.feed = feed;
    }

    /** The class that the fuzzer calls. */
    String className() {
        return type.getName();
    }

    Feed feed() {
        return feed;
    }

    /** As the command has it. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Target> named(String text) {
        return Arrays.stream(values())
                .filter(target -> target.label().equals(text))
                .findFirst();
    }
}
