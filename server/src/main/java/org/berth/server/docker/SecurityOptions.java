package org.berth.server.docker;

import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** HostConfig.SecurityOpt: what is given anyway, and the choice of a seccomp filter. */
final class SecurityOptions {
    private static final Set<String> GIVEN =
            Set.of("no-new-privileges", "no-new-privileges:true", "no-new-privileges=true", "seccomp=builtin");

    private SecurityOptions() {}

    static boolean areKnown(JsonNode options) {
        return options.valueStream()
                .allMatch(option -> GIVEN.contains(option.asString())
                        || profile(option.asString()).isPresent());
    }

    /** "unconfined", or a profile's text: docker's client sends that, not the file's name. */
    static Optional<String> seccomp(JsonNode host) {
        return host.path("SecurityOpt")
                .valueStream()
                .flatMap(option -> profile(option.asString()).stream())
                .findFirst();
    }

    private static Optional<String> profile(String option) {
        return option.matches("(?s)seccomp[=:].*")
                ? Optional.of(option.substring("seccomp=".length())).filter(value -> !value.equals("builtin"))
                : Optional.empty();
    }
}
