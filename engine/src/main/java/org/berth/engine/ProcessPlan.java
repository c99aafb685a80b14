package org.berth.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.image.ImageConfig;

/**
 * What a container runs: the request laid over its image, by Docker's rules. Pure.
 *
 * @param arguments program and arguments, at least one
 * @param environment NAME=value, each name once; without those that depend on the user
 * @param user as written: "", "name", "uid:gid"
 * @param stopSignal a number
 */
record ProcessPlan(
        List<String> arguments, List<String> environment, String user, String workingDirectory, int stopSignal) {
    static final String DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    static ProcessPlan of(ContainerRequest request, ImageConfig image, String hostname) {
        return new ProcessPlan(
                arguments(request, image),
                environment(request, image, hostname),
                request.user().filter(user -> !user.isEmpty()).orElse(image.user()),
                workingDirectory(request, image),
                Signals.parse(request.stopSignal()
                        .or(() -> Optional.of(image.stopSignal()))
                        .filter(signal -> !signal.isEmpty())
                        .orElse("SIGTERM")));
    }

    /** A request's entrypoint also drops the image's command: that was written for the image's entrypoint. */
    private static List<String> arguments(ContainerRequest request, ImageConfig image) {
        boolean own = request.entrypoint().isPresent();
        List<String> arguments = new ArrayList<>(request.entrypoint().orElse(image.entrypoint()));
        arguments.addAll(
                request.command().filter(command -> !command.isEmpty()).orElse(own ? List.of() : image.command()));
        if (arguments.isEmpty()) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "no command specified: image " + request.image() + " has neither entrypoint nor command, name one");
        }
        return List.copyOf(arguments);
    }

    private static List<String> environment(ContainerRequest request, ImageConfig image, String hostname) {
        Map<String, String> values = new LinkedHashMap<>();
        put(values, DEFAULT_PATH);
        put(values, "HOSTNAME=" + hostname);
        if (request.terminal()) {
            put(values, "TERM=xterm");
        }
        image.environment().forEach(entry -> put(values, entry));
        request.environment().forEach(entry -> put(values, entry));
        return values.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .toList();
    }

    /** With a HOME where the environment has none. */
    static List<String> withHome(List<String> environment, String home) {
        if (environment.stream().anyMatch(entry -> entry.startsWith("HOME="))) {
            return environment;
        }
        List<String> complete = new ArrayList<>(environment);
        complete.add("HOME=" + home);
        return List.copyOf(complete);
    }

    /** An entry without "=" takes a name away, as docker run -e NAME does where the client has none. */
    static void put(Map<String, String> values, String entry) {
        int equals = entry.indexOf('=');
        if (equals < 0) {
            values.remove(entry);
        } else if (equals > 0) {
            values.put(entry.substring(0, equals), entry.substring(equals + 1));
        }
    }

    private static String workingDirectory(ContainerRequest request, ImageConfig image) {
        String folder = request.workingDirectory()
                .filter(text -> !text.isEmpty())
                .orElse(image.workingDirectory().isEmpty() ? "/" : image.workingDirectory());
        if (!folder.startsWith("/")) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "the working directory '" + folder + "' is invalid: it needs to be an absolute path");
        }
        return folder;
    }
}
