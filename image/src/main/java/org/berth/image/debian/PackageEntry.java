package org.berth.image.debian;

import java.util.ArrayList;
import java.util.List;

/**
 * One package as an archive's index describes it.
 *
 * @param architecture "amd64", or "all"
 * @param priority "required", "important", "standard", "optional", "extra"
 * @param dependencies Pre-Depends, then Depends
 * @param provides names that it stands for besides its own, with their versions where they have one
 * @param source where it comes from
 * @param path below the source's address
 * @param sizeBytes of the .deb file
 * @param sha256 of the .deb file, in lower-case hexadecimal
 */
record PackageEntry(
        String name,
        DebianVersion version,
        String architecture,
        boolean essential,
        String priority,
        List<Dependency> dependencies,
        List<Dependency.Alternative> provides,
        AptSource source,
        String path,
        long sizeBytes,
        String sha256) {

    static PackageEntry of(Stanza stanza, AptSource source) {
        List<Dependency> dependencies = new ArrayList<>(Dependency.parse(stanza.get("Pre-Depends")));
        dependencies.addAll(Dependency.parse(stanza.get("Depends")));
        List<Dependency.Alternative> provides = Dependency.parse(stanza.get("Provides")).stream()
                .map(dependency -> dependency.alternatives().getFirst())
                .toList();
        return new PackageEntry(
                stanza.get("Package"),
                DebianVersion.of(stanza.get("Version")),
                stanza.get("Architecture"),
                stanza.get("Essential").equals("yes"),
                stanza.get("Priority"),
                List.copyOf(dependencies),
                provides,
                source,
                stanza.get("Filename"),
                Long.parseLong(stanza.get("Size")),
                stanza.get("SHA256"));
    }

    /** The lower, the more a system needs it (Debian Policy 2.5). */
    int rank() {
        return switch (priority) {
            case "required" -> 0;
            case "important" -> 1;
            case "standard" -> 2;
            case "optional" -> 3;
            default -> 4;
        };
    }

    @Override
    public String toString() {
        return name + " " + version;
    }
}
