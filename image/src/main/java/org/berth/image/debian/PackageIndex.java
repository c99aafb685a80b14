package org.berth.image.debian;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.image.debian.StanzaReader.Field;

/**
 * The packages that a set of sources has, by name and by what they provide. An archive has 60 000 of
 * them and a root needs 100, so of each only the lines that matter are kept, as bytes, and read when
 * it is asked for. A name's candidate is its highest version (apt_preferences(5) with no
 * preferences). Add every source first, then ask.
 */
final class PackageIndex {
    /** More is no Packages file that an archive would have. */
    private static final int LINE_BYTES_MAX = 1 << 20;

    private final Map<String, List<Raw>> byName = new HashMap<>(1 << 17);
    private final Map<String, Set<String>> providers = new HashMap<>();
    private final Set<String> essential = new HashSet<>();
    private final Set<String> required = new HashSet<>();
    private final Map<String, Optional<PackageEntry>> candidates = new LinkedHashMap<>();

    private record Raw(byte[] lines, AptSource source) {}

    /** Reads a Packages file to its end. */
    void add(InputStream packages, AptSource source) throws IOException {
        StanzaReader reader = new StanzaReader(packages, LINE_BYTES_MAX);
        while (reader.next()) {
            String name = reader.value(Field.PACKAGE);
            byName.computeIfAbsent(name, ignored -> new ArrayList<>(1)).add(new Raw(reader.kept(), source));
            if (reader.has(Field.ESSENTIAL) && reader.value(Field.ESSENTIAL).equals("yes")) {
                essential.add(name);
            }
            if (reader.value(Field.PRIORITY).equals("required")) {
                required.add(name);
            }
            if (reader.has(Field.PROVIDES)) {
                addProvider(name, reader.value(Field.PROVIDES));
            }
        }
    }

    /** Notes the names in a Provides field, without reading it further: tens of thousands are never asked for. */
    private void addProvider(String name, String provides) {
        int at = 0;
        while (at < provides.length()) {
            int comma = provides.indexOf(',', at);
            int itemEnd = comma < 0 ? provides.length() : comma;
            while (at < itemEnd && provides.charAt(at) == ' ') {
                at++;
            }
            int nameEnd = at;
            while (nameEnd < itemEnd && " (:".indexOf(provides.charAt(nameEnd)) < 0) {
                nameEnd++;
            }
            providers
                    .computeIfAbsent(provides.substring(at, nameEnd), ignored -> new HashSet<>(4))
                    .add(name);
            at = itemEnd + 1;
        }
    }

    /** Adds what another has; it is not used after that. */
    void addAll(PackageIndex other) {
        other.byName.forEach((name, raws) ->
                byName.computeIfAbsent(name, ignored -> new ArrayList<>(1)).addAll(raws));
        other.providers.forEach((name, packages) ->
                providers.computeIfAbsent(name, ignored -> new HashSet<>()).addAll(packages));
        essential.addAll(other.essential);
        required.addAll(other.required);
    }

    /** Packages that every system has ("Essential: yes"), by name. */
    List<PackageEntry> essential() {
        return candidates(essential);
    }

    /** Packages of priority required, by name. */
    List<PackageEntry> required() {
        return candidates(required).stream().filter(entry -> entry.rank() == 0).toList();
    }

    /** The candidates of packages that provide a name, those that a system needs most first. */
    List<PackageEntry> providersOf(String name) {
        return candidates(providers.getOrDefault(name, Set.of())).stream()
                .sorted(Comparator.comparing((PackageEntry entry) -> !entry.essential())
                        .thenComparing(PackageEntry::rank)
                        .thenComparing(PackageEntry::name))
                .toList();
    }

    /** The package of this name to install, if there is one. */
    Optional<PackageEntry> candidate(String name) {
        return candidates.computeIfAbsent(name, this::highest);
    }

    private Optional<PackageEntry> highest(String name) {
        return byName.getOrDefault(name, List.of()).stream()
                .map(raw -> PackageEntry.of(
                        Stanza.parse(new String(raw.lines(), StandardCharsets.UTF_8))
                                .getFirst(),
                        raw.source()))
                .max(Comparator.comparing(PackageEntry::version));
    }

    private List<PackageEntry> candidates(Collection<String> names) {
        return names.stream()
                .sorted()
                .map(this::candidate)
                .flatMap(Optional::stream)
                .toList();
    }
}
