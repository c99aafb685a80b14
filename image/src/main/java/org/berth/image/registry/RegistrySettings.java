package org.berth.image.registry;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * Where registries are and who we are to them.
 *
 * @param mirrors by registry, what is asked before it, in this order: "mirror.example:5000", "http://10.0.0.1:5000"
 * @param credentials the file that {@code docker login} writes; it need not be there
 * @param connectMax how long resolving a name and connecting may take together
 * @param stallMax how long a server may send nothing
 * @param proxies the way to them
 */
public record RegistrySettings(
        Map<String, List<String>> mirrors,
        Path credentials,
        Duration connectMax,
        Duration stallMax,
        EnvironmentProxies proxies) {
    /** Where mirrors may be set: {@code host=mirror}, several separated by commas. */
    public static final String MIRRORS_VARIABLE = "BERTH_REGISTRY_MIRRORS";

    /** The same, one a line; lines that begin with # are passed over. */
    public static final Path MIRRORS_FILE = Path.of("/etc/berth/registry-mirrors");

    private static final Duration CONNECT_MAX = Duration.ofSeconds(5);
    private static final Duration STALL_MAX = Duration.ofSeconds(60);

    /** Those that are reached straight. */
    public RegistrySettings(
            Map<String, List<String>> mirrors, Path credentials, Duration connectMax, Duration stallMax) {
        this(mirrors, credentials, connectMax, stallMax, EnvironmentProxies.of(Map.of()));
    }

    /** As the environment and the optional file say; mirrors of the environment come first. */
    public static RegistrySettings fromEnvironment(Map<String, String> environment) {
        String home = environment.getOrDefault("HOME", "/root");
        String folder = environment.getOrDefault("DOCKER_CONFIG", home + "/.docker");
        List<String> lines = Stream.concat(
                        Stream.of(environment.getOrDefault(MIRRORS_VARIABLE, "").split(",")), fileLines().stream())
                .toList();
        return new RegistrySettings(
                mirrors(lines),
                Path.of(folder, "config.json"),
                CONNECT_MAX,
                STALL_MAX,
                EnvironmentProxies.of(environment));
    }

    /** Reads {@code host=mirror} lines. */
    static Map<String, List<String>> mirrors(List<String> lines) {
        Map<String, List<String>> mirrors = new TreeMap<>();
        for (String raw : lines) {
            String line = raw.strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            int equals = line.indexOf('=');
            if (equals < 1 || equals == line.length() - 1) {
                throw new BerthException(
                        ErrorCode.INVALID,
                        "registry mirror \"" + line
                                + "\": expected REGISTRY=MIRROR, such as example.com=127.0.0.1:5000");
            }
            String mirror = line.substring(equals + 1).strip();
            Endpoint.of(mirror); // a wrong one is told at the start
            mirrors.computeIfAbsent(line.substring(0, equals).strip(), key -> new ArrayList<>())
                    .add(mirror);
        }
        return mirrors;
    }

    private static List<String> fileLines() {
        try {
            return Files.isRegularFile(MIRRORS_FILE) ? Files.readAllLines(MIRRORS_FILE) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException("read " + MIRRORS_FILE + ": " + e.getMessage(), e);
        }
    }
}
