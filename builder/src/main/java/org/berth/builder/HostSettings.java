package org.berth.builder;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.berth.builder.source.HostCertificates;
import org.berth.builder.source.HostFile;
import org.berth.builder.source.PipSettings;
import org.berth.engine.ContainerRequest.Mount;

/**
 * Where packages come from on this host, for the steps of a source folder's plan: pip's, npm's and Go's settings as variables
 * and as files of one folder that the steps see. Neither the image nor the cache's key has anything of it.
 *
 * @param variables of the steps
 * @param folders of the host, by their names in that folder
 * @param files by their names in that folder
 * @param secrets files that a step mounts where its program looks for them, by their ids
 */
record HostSettings(
        Map<String, String> variables,
        Map<String, Path> folders,
        Map<String, byte[]> files,
        Map<String, String> secrets) {
    private static final String NPMRC = "npmrc";
    private static final List<String> GO =
            List.of("GOPROXY", "GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOSUMDB", "GOINSECURE");
    /** Lines of an npmrc that say where packages come from; the others are this host's folders and habits. */
    private static final String NPM_LINE = "(?i)(?:@[^:]+:)?registry\\s*=.*|//.*|(?:strict-ssl|always-auth)\\s*=.*";

    private static final List<String> NPM_VARIABLES =
            List.of("registry", "strict_ssl", "https_proxy", "proxy", "noproxy");

    HostSettings {
        variables = Map.copyOf(variables);
        folders = Map.copyOf(folders);
        files = Map.copyOf(files);
        secrets = Map.copyOf(secrets);
    }

    /** Those of an environment and of the files that it names. */
    static HostSettings of(Map<String, String> environment) {
        PipSettings pip = PipSettings.of(environment, texts(PipSettings.configurationFiles(environment)));
        Map<String, String> variables = new TreeMap<>(pip.environment());
        Map<String, byte[]> files = new TreeMap<>();
        Map<String, String> secrets = new TreeMap<>(secrets(environment));
        HostCertificates.of(environment, pip.certificates()).ifPresent(certificates -> {
            files.putAll(certificates.files());
            variables.putAll(HostCertificates.variables());
            secrets.put(HostFile.CERTIFICATES.id(), certificates.pem());
        });
        String npm = npm(environment);
        if (!npm.isEmpty()) {
            files.put(NPMRC, npm.getBytes(StandardCharsets.UTF_8));
            variables.put("NPM_CONFIG_USERCONFIG", HostFile.GIVEN_FOLDER + "/" + NPMRC);
        }
        environment.forEach((name, value) -> {
            String lower = name.toLowerCase(java.util.Locale.ROOT);
            if (GO.contains(name) || NPM_VARIABLES.stream().anyMatch(one -> lower.equals("npm_config_" + one))) {
                variables.put(name, value);
            }
        });
        return new HostSettings(variables, pip.folders(), files, secrets);
    }

    /** Maven has no variable for it. */
    private static Map<String, String> secrets(Map<String, String> environment) {
        Path settings = Path.of(environment.getOrDefault("HOME", "/"), ".m2", HostFile.MAVEN.id());
        return Files.isRegularFile(settings) ? Map.of(HostFile.MAVEN.id(), text(settings)) : Map.of();
    }

    private static String npm(Map<String, String> environment) {
        List<Path> places = new ArrayList<>(List.of(Path.of("/etc/npmrc")));
        String named = environment.getOrDefault("NPM_CONFIG_USERCONFIG", "");
        String home = environment.getOrDefault("HOME", "");
        if (!named.isEmpty() || !home.isEmpty()) {
            places.add(named.isEmpty() ? Path.of(home, ".npmrc") : Path.of(named));
        }
        return texts(places.stream().filter(Files::isRegularFile).toList()).stream()
                .flatMap(String::lines)
                .map(String::strip)
                .filter(line -> line.matches(NPM_LINE))
                .map(line -> line + "\n")
                .collect(Collectors.joining());
    }

    private static List<String> texts(List<Path> files) {
        return files.stream()
                .filter(Files::isRegularFile)
                .map(HostSettings::text)
                .toList();
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException("read " + file + ": " + e.getMessage(), e);
        }
    }

    /**
     * Puts the files where steps can see them, until the end of the build.
     *
     * @param staging a folder that does not exist yet
     */
    Given give(Path staging) {
        if (folders.isEmpty() && files.isEmpty()) {
            return new Given(variables, List.of(), secrets, staging);
        }
        try {
            Files.createDirectories(staging);
            for (String name : folders.keySet()) {
                Files.createDirectories(staging.resolve(name));
            }
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                Files.write(staging.resolve(file.getKey()), file.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException("prepare " + staging + ": " + e.getMessage(), e);
        }
        List<Mount> mounts = new ArrayList<>(List.of(new Mount.Bind(staging, HostFile.GIVEN_FOLDER, true)));
        folders.forEach((name, folder) -> mounts.add(new Mount.Bind(folder, HostFile.GIVEN_FOLDER + "/" + name, true)));
        return new Given(variables, mounts, secrets, staging);
    }

    /** What steps are given. */
    record Given(Map<String, String> variables, List<Mount> mounts, Map<String, String> secrets, Path staging)
            implements AutoCloseable {
        static final Given NOTHING = new Given(Map.of(), List.of(), Map.of(), Path.of("/nowhere"));

        @Override
        public void close() {
            if (!Files.exists(staging)) {
                return;
            }
            try (Stream<Path> all = Files.walk(staging)) {
                for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            } catch (IOException e) {
                throw new UncheckedIOException("remove " + Objects.toString(staging), e);
            }
        }
    }
}
