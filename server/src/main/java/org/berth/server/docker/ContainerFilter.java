package org.berth.server.docker;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.engine.ContainerRequest.Mount;
import org.berth.engine.ContainerState;

/** Which containers a list request is about. Pure. */
final class ContainerFilter {
    private static final Set<String> REFUSED = Set.of("publish", "expose", "is-task", "isolation");

    private final Filters filters;
    private final List<ContainerState> all;

    ContainerFilter(Filters filters, List<ContainerState> all) {
        for (String key : REFUSED) {
            if (!filters.of(key).isEmpty()) {
                throw new BerthException(
                        ErrorCode.UNSUPPORTED, "filter " + key + " of containers is not implemented by Berth");
            }
        }
        this.filters = filters;
        this.all = all;
    }

    boolean fits(ContainerState state) {
        return filters.any("id", id -> state.id().startsWith(id))
                && filters.any("name", name -> named(state, name))
                && filters.labels(state.request().labels())
                && filters.any(
                        "status", word -> ContainerJson.word(state.status()).equals(word))
                && filters.any(
                        "health",
                        word -> state.health()
                                .status()
                                .name()
                                .toLowerCase(Locale.ROOT)
                                .equals(word))
                && filters.any(
                        "exited",
                        code -> String.valueOf(state.exitCode()).equals(code)
                                && state.finished().isPresent())
                && filters.any("ancestor", image -> madeOf(state, image))
                && filters.any("network", network -> isIn(state, network))
                && filters.any("volume", volume -> mounts(state, volume))
                && filters.any(
                        "before",
                        other -> time(other).map(state.created()::isBefore).orElse(false))
                && filters.any(
                        "since",
                        other -> time(other).map(state.created()::isAfter).orElse(false));
    }

    private static boolean named(ContainerState state, String name) {
        try {
            Pattern pattern = Pattern.compile(name);
            return pattern.matcher(state.name()).find()
                    || pattern.matcher("/" + state.name()).find();
        } catch (PatternSyntaxException e) {
            throw new BerthException(ErrorCode.INVALID, "filter name: " + e.getDescription() + " in " + name, e);
        }
    }

    private static boolean madeOf(ContainerState state, String image) {
        String asked = state.request().image();
        return asked.equals(image)
                || asked.equals(image + ":latest")
                || state.imageId().equals(image)
                || state.imageId().startsWith("sha256:" + image);
    }

    private static boolean isIn(ContainerState state, String network) {
        return state.networks().entrySet().stream()
                        .anyMatch(entry -> entry.getKey().equals(network)
                                || entry.getValue().networkId().equals(network))
                || state.request().networks().stream()
                        .anyMatch(wanted -> wanted.network().equals(network));
    }

    private static boolean mounts(ContainerState state, String volume) {
        return state.request().mounts().stream()
                .anyMatch(mount -> mount.target().equals(volume)
                        || (mount instanceof Mount.Volume named && named.name().equals(volume)));
    }

    private Optional<Instant> time(String ref) {
        return all.stream()
                .filter(state -> state.name().equals(ref) || state.id().startsWith(ref))
                .map(ContainerState::created)
                .findFirst();
    }
}
