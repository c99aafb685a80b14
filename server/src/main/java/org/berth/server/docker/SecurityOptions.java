package org.berth.server.docker;

import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** HostConfig.SecurityOpt: a filter of system calls, and whether programs raise rights. */
final class SecurityOptions {
    /** What is so anyway: there is neither AppArmor nor SELinux in the jail. */
    private static final Set<String> GIVEN =
            Set.of("no-new-privileges", "seccomp=builtin", "seccomp:builtin", "apparmor=unconfined", "label=disable");

    private static final String RISES = "no-new-privileges[=:]";

    private SecurityOptions() {}

    static boolean areKnown(JsonNode options) {
        return options.valueStream()
                .map(JsonNode::asString)
                .allMatch(option -> GIVEN.contains(option)
                        || option.matches(RISES + "(true|false)")
                        || profile(option).isPresent());
    }

    /** "unconfined", or a profile's text: docker's client sends that, not the file's name. */
    static Optional<String> seccomp(JsonNode host) {
        return host.path("SecurityOpt")
                .valueStream()
                .flatMap(option -> profile(option.asString()).stream())
                .findFirst();
    }

    /** Only by "no-new-privileges:false": Berth's standard is the other way than docker's. */
    static boolean gainsPrivileges(JsonNode host) {
        return host.path("SecurityOpt")
                .valueStream()
                .anyMatch(option -> option.asString().matches(RISES + "false"));
    }

    private static Optional<String> profile(String option) {
        return option.matches("(?s)seccomp[=:].*")
                ? Optional.of(option.substring("seccomp=".length())).filter(value -> !value.equals("builtin"))
                : Optional.empty();
    }
}
