package org.berth.builder.source;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * pip's package index as this process's environment has it (pip's variables and configuration files),
 * told anew for a container: folders of the host are seen there below another name.
 *
 * @param environment for pip in the container
 * @param folders folders to show there, by the name they get below {@link HostFile#GIVEN_FOLDER}
 * @param certificates a file of certificates to trust; a container is told by {@link HostCertificates}
 */
public record PipSettings(Map<String, String> environment, Map<String, Path> folders, Optional<Path> certificates) {
    /** Fewer than pip's own 5: an index that is not in reach is known sooner. */
    private static final String RETRIES = "2";

    private static final int FOLDERS_MAX = 50;
    /** Values that are places: an address, or a folder. */
    private static final Set<String> PLACES = Set.of("INDEX_URL", "EXTRA_INDEX_URL", "FIND_LINKS");

    private static final Set<String> PLAIN = Set.of(
            "NO_INDEX",
            "TRUSTED_HOST",
            "TIMEOUT",
            "DEFAULT_TIMEOUT",
            "RETRIES",
            "PREFER_BINARY",
            "ONLY_BINARY",
            "NO_BINARY",
            "PRE");

    private static final Set<String> PROXIES =
            Set.of("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY");

    /**
     * The settings of an environment.
     *
     * @param variables environment variables
     * @param files texts of pip's configuration files, those that decide last
     */
    public static PipSettings of(Map<String, String> variables, List<String> files) {
        Map<String, String> settings = new TreeMap<>();
        for (String file : files) {
            settings.putAll(PipConfiguration.parse(file));
        }
        variables.forEach((name, value) -> {
            if (name.startsWith("PIP_")) {
                settings.put(name.substring("PIP_".length()), value);
            }
        });
        Map<String, String> environment = new TreeMap<>(proxies(variables));
        Map<String, Path> folders = new TreeMap<>();
        settings.putIfAbsent("RETRIES", RETRIES);
        settings.forEach((name, value) -> {
            if (PLAIN.contains(name)) {
                environment.put("PIP_" + name, value);
            } else if (PLACES.contains(name)) {
                environment.put("PIP_" + name, places(value, folders));
            }
        });
        Optional<Path> certificates = Optional.ofNullable(settings.get("CERT")).map(Path::of);
        environment.put("PIP_DISABLE_PIP_VERSION_CHECK", "1");
        environment.put("PIP_ROOT_USER_ACTION", "ignore");
        environment.put("PIP_NO_INPUT", "1");
        return new PipSettings(environment, folders, certificates);
    }

    /** The proxies of an environment, in both cases of letters. */
    public static Map<String, String> proxies(Map<String, String> variables) {
        Map<String, String> proxies = new TreeMap<>();
        variables.forEach((name, value) -> {
            if (PROXIES.contains(name.toUpperCase(java.util.Locale.ROOT)) && !value.isEmpty()) {
                proxies.put(name, value);
            }
        });
        return proxies;
    }

    /** Where pip has its configuration files, those that decide last (pip's documentation, "Configuration"). */
    public static List<Path> configurationFiles(Map<String, String> variables) {
        List<Path> files = new ArrayList<>();
        String named = variables.getOrDefault("PIP_CONFIG_FILE", "");
        if (named.equals("/dev/null")) {
            return files;
        }
        files.add(Path.of("/etc/xdg/pip/pip.conf"));
        files.add(Path.of("/etc/pip.conf"));
        String home = variables.getOrDefault("HOME", "");
        if (!home.isEmpty()) {
            files.add(Path.of(home, ".pip", "pip.conf"));
            files.add(Path.of(variables.getOrDefault("XDG_CONFIG_HOME", home + "/.config"), "pip", "pip.conf"));
        }
        if (!named.isEmpty()) {
            files.add(Path.of(named));
        }
        return files;
    }

    private static String places(String value, Map<String, Path> folders) {
        List<String> places = new ArrayList<>();
        for (String place : value.strip().split("\\s+")) {
            if (!place.isEmpty()) {
                places.add(folder(place)
                        .map(folder -> seen(place, folder, folders))
                        .orElse(place));
            }
        }
        return String.join(" ", places);
    }

    /** The host's folder that a place is, if it is one. */
    private static Optional<Path> folder(String place) {
        if (place.startsWith("/")) {
            return Optional.of(Path.of(place).normalize());
        }
        if (!place.startsWith("file:")) {
            return Optional.empty();
        }
        try {
            return Optional.of(Path.of(new URI(place).getPath()).normalize());
        } catch (URISyntaxException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /**
     * The place as the container sees it. An index in a folder named "simple" has its packages beside it
     * as a rule, so the folder above is shown.
     */
    private static String seen(String place, Path folder, Map<String, Path> folders) {
        Path parent = folder.getParent();
        boolean simple = folder.endsWith("simple") && parent != null && parent.getNameCount() > 0;
        Path shown = simple && parent != null ? parent : folder;
        String name = folders.entrySet().stream()
                .filter(entry -> entry.getValue().equals(shown))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse("index-" + folders.size());
        if (folders.size() < FOLDERS_MAX) {
            folders.put(name, shown);
        }
        String path = HostFile.GIVEN_FOLDER + "/" + name + (simple ? "/simple" : "");
        return place.startsWith("file:") ? "file://" + path : path;
    }
}
