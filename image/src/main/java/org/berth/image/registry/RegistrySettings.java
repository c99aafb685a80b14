package org.berth.image.registry;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * Where registries are and who we are to them.
 *
 * @param mirrors by registry, what is asked before it, in this order: "mirror.example:5000", "http://10.0.0.1:5000"
 * @param trust how servers prove who they are
 * @param credentials the file that {@code docker login} writes; it need not be there
 * @param connectMax how long resolving a name and connecting may take together
 * @param stallMax how long a server may send, or take, nothing
 * @param proxies the way to them
 * @param backoff how often a server is asked that is too busy
 * @param ranges how large blobs are fetched
 */
public record RegistrySettings(
        Map<String, List<String>> mirrors,
        Trust trust,
        CredentialFile credentials,
        Duration connectMax,
        Duration stallMax,
        EnvironmentProxies proxies,
        Backoff backoff,
        Ranges ranges) {
    /** Where mirrors may be set: {@code host=mirror}, several separated by commas. */
    public static final String MIRRORS_VARIABLE = "BERTH_REGISTRY_MIRRORS";

    /** Where insecure registries may be set: hosts separated by commas. */
    public static final String INSECURE_VARIABLE = "BERTH_INSECURE_REGISTRIES";

    /** Names another file than {@link #FILE}. */
    public static final String FILE_VARIABLE = "BERTH_REGISTRIES_FILE";

    /** Settings by registry, see {@link RegistryFile}. */
    public static final Path FILE = Path.of("/etc/berth/registries.json");

    private static final Duration CONNECT_MAX = Duration.ofSeconds(5);
    private static final Duration STALL_MAX = Duration.ofSeconds(60);

    /** Those that are reached straight and asked once. */
    public RegistrySettings(
            Map<String, List<String>> mirrors, Path credentials, Duration connectMax, Duration stallMax) {
        this(
                mirrors,
                Trust.NORMAL,
                new CredentialFile(credentials, ""),
                connectMax,
                stallMax,
                EnvironmentProxies.of(Map.of()),
                Backoff.NONE,
                Ranges.STANDARD);
    }

    /** The same, but for how large blobs are fetched. */
    public RegistrySettings with(Ranges other) {
        return new RegistrySettings(mirrors, trust, credentials, connectMax, stallMax, proxies, backoff, other);
    }

    /** As the environment and the optional files say; what the environment says comes first. */
    public static RegistrySettings fromEnvironment(Map<String, String> environment) {
        String home = environment.getOrDefault("HOME", "/root");
        String folder = environment.getOrDefault("DOCKER_CONFIG", home + "/.docker");
        RegistryFile file = RegistryFile.read(Path.of(environment.getOrDefault(FILE_VARIABLE, FILE.toString())));
        Set<String> insecure = new HashSet<>(file.insecure());
        words(environment, INSECURE_VARIABLE).forEach(insecure::add);
        return new RegistrySettings(
                joined(
                        mirrors(Stream.concat(words(environment, MIRRORS_VARIABLE), RegistryFile.mirrorLines().stream())
                                .toList()),
                        file.mirrors()),
                new Trust(insecure, file.authorities()),
                new CredentialFile(Path.of(folder, "config.json"), environment.getOrDefault("PATH", "/usr/bin:/bin")),
                CONNECT_MAX,
                STALL_MAX,
                EnvironmentProxies.of(environment),
                Backoff.STANDARD,
                Ranges.STANDARD);
    }

    private static Stream<String> words(Map<String, String> environment, String variable) {
        return Stream.of(environment.getOrDefault(variable, "").split(","))
                .map(String::strip)
                .filter(word -> !word.isEmpty());
    }

    private static Map<String, List<String>> joined(Map<String, List<String>> first, Map<String, List<String>> more) {
        Map<String, List<String>> joined = new TreeMap<>(first);
        more.forEach((registry, mirrors) -> joined.merge(
                registry,
                mirrors,
                (one, other) ->
                        Stream.concat(one.stream(), other.stream()).distinct().toList()));
        return joined;
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
}
