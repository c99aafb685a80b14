package org.berth.compose;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.berth.base.Json;
import org.berth.compose.yaml.Position;
import org.berth.compose.yaml.YamlValue;
import tools.jackson.core.JacksonException;

/**
 * {@code security_opt} of a service, each item {@code NAME:VALUE} or {@code NAME=VALUE}.
 *
 * @param gainsPrivileges whether programs with set-user-ID bits raise rights
 * @param seccomp "unconfined", or the text of the profile's file
 */
record SecurityOptions(boolean gainsPrivileges, Optional<String> seccomp) {
    private static final int PROFILE_BYTES_MAX = 1 << 20;

    /** What is so anyway: neither of them is in a jail of Berth's. */
    private static final Set<String> GIVEN = Set.of("apparmor=unconfined", "label=disable");

    static SecurityOptions read(Fields service) {
        boolean gains = false;
        Optional<String> seccomp = Optional.empty();
        for (YamlValue item : service.items("security_opt")) {
            Context context = service.context();
            String written = context.text("an item of " + service.name("security_opt"), item)
                    .orElse("no-new-privileges");
            String option = written.replaceFirst("[:=]", "=");
            String name = option.replaceFirst("=.*", "");
            String value = option.length() > name.length() ? option.substring(name.length() + 1) : "";
            if (name.equals("seccomp") && !value.isEmpty()) {
                seccomp = value.equals("builtin") ? Optional.empty() : profile(context, item.position(), value);
            } else if (name.equals("no-new-privileges")
                    && Set.of("", "true", "false").contains(value)) {
                gains = value.equals("false");
            } else if (!GIVEN.contains(option)) {
                refuse(context, item.position(), name, written);
            }
        }
        return new SecurityOptions(gains, seccomp);
    }

    private static void refuse(Context context, Position position, String name, String option) {
        switch (name) {
            case "apparmor", "label" ->
                context.problems()
                        .reportUnsupported(
                                position,
                                "security option '" + option + "' is Compose's, but berth sets no "
                                        + (name.equals("label") ? "SELinux label" : "AppArmor profile")
                                        + ": remove it");
            default ->
                context.problems()
                        .report(
                                position,
                                "'" + option + "' is not a security option: expected seccomp=FILE, seccomp=unconfined"
                                        + " or no-new-privileges[=true|false]");
        }
    }

    private static Optional<String> profile(Context context, Position position, String value) {
        if (value.equals("unconfined")) {
            return Optional.of(value);
        }
        Path file = Path.of(context.path(value));
        try {
            if (Files.size(file) > PROFILE_BYTES_MAX) {
                context.problems()
                        .report(
                                position,
                                "seccomp profile " + file + " is larger than " + PROFILE_BYTES_MAX + " bytes");
                return Optional.empty();
            }
            String text = Files.readString(file);
            if (!Json.MAPPER.readTree(text).isObject()) {
                context.problems().report(position, "seccomp profile " + file + " is no JSON object");
            }
            return Optional.of(text);
        } catch (JacksonException e) {
            context.problems().report(position, "seccomp profile " + file + " is not JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            context.problems().report(position, "seccomp profile " + file + " can't be read: does it exist?");
        }
        return Optional.empty();
    }
}
