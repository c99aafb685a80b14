package org.berth.image.debian;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The package sources that a host's apt is configured with (sources.list(5)), in both of its forms.
 * What can't be used here (sources of source code, of other architectures, of another transport than
 * http, https and file, or without suites) is left out.
 */
final class HostSources {
    private static final Pattern ONE_LINE = Pattern.compile(
            "deb\\s+(\\[(?<options>[^]]*)]\\s+)?(?<address>\\S+)\\s+(?<suite>\\S+)\\s+(?<components>.+)");
    private static final Set<String> TRANSPORTS = Set.of("http", "https", "file");

    private HostSources() {}

    /** Reads {@code etc/apt} of a host, in apt's order: sources.list, then sources.list.d by name. */
    static List<AptSource> read(Path host, String architecture) {
        Path folder = host.resolve("etc/apt");
        List<AptSource> sources = new ArrayList<>();
        try {
            Path list = folder.resolve("sources.list");
            if (Files.isRegularFile(list)) {
                sources.addAll(parseLines(Files.readString(list, StandardCharsets.UTF_8), architecture));
            }
            for (Path file : files(folder.resolve("sources.list.d"))) {
                String text = Files.readString(file, StandardCharsets.UTF_8);
                sources.addAll(
                        file.toString().endsWith(".list")
                                ? parseLines(text, architecture)
                                : parseStanzas(text, architecture));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("read the package sources in " + folder + ": " + e.getMessage(), e);
        }
        return sources;
    }

    private static List<Path> files(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file ->
                            file.toString().endsWith(".list") || file.toString().endsWith(".sources"))
                    .sorted()
                    .toList();
        }
    }

    /** The one-line form: {@code deb [arch=amd64] http://mirror.example/debian bookworm main}. */
    static List<AptSource> parseLines(String text, String architecture) {
        List<AptSource> sources = new ArrayList<>();
        for (String line : text.split("\n", -1)) {
            Matcher matcher = ONE_LINE.matcher(line.replaceFirst("#.*", "").strip());
            if (matcher.matches() && allows(options(matcher), architecture)) {
                add(
                        sources,
                        matcher.group("address"),
                        matcher.group("suite"),
                        words(matcher.group("components")),
                        options(matcher).contains("check-valid-until=no"));
            }
        }
        return sources;
    }

    private static List<String> options(Matcher matcher) {
        return words(Optional.ofNullable(matcher.group("options")).orElse(""));
    }

    private static boolean allows(List<String> options, String architecture) {
        return options.stream()
                .filter(option -> option.startsWith("arch="))
                .allMatch(option -> List.of(option.substring(5).split(",", -1)).contains(architecture));
    }

    /** The deb822 form: one stanza for many addresses and suites. */
    static List<AptSource> parseStanzas(String text, String architecture) {
        List<AptSource> sources = new ArrayList<>();
        for (Stanza stanza : Stanza.parse(text)) {
            boolean wanted = stanza.words("Types").contains("deb")
                    && !isOff(stanza, "Enabled")
                    && (stanza.words("Architectures").isEmpty()
                            || stanza.words("Architectures").contains(architecture));
            if (wanted) {
                for (String address : stanza.words("URIs")) {
                    for (String suite : stanza.words("Suites")) {
                        add(sources, address, suite, stanza.words("Components"), isOff(stanza, "Check-Valid-Until"));
                    }
                }
            }
        }
        return sources;
    }

    private static boolean isOff(Stanza stanza, String field) {
        return stanza.get(field).equalsIgnoreCase("no");
    }

    private static void add(
            List<AptSource> sources, String address, String suite, List<String> components, boolean mayBeOld) {
        try {
            URI uri = URI.create(address);
            if (uri.getScheme() != null && TRANSPORTS.contains(uri.getScheme()) && !suite.endsWith("/")) {
                sources.add(new AptSource(uri, suite, List.copyOf(components), mayBeOld));
            }
        } catch (IllegalArgumentException e) {
            return;
        }
    }

    private static List<String> words(String text) {
        return text.isBlank() ? List.of() : List.of(text.strip().split("\\s+"));
    }
}
