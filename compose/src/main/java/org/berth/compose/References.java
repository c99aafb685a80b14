package org.berth.compose;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.berth.compose.text.Spelling;
import org.berth.compose.yaml.Position;

/** The names that one service uses of what the file declares elsewhere, with their places. */
final class References {
    /** One use of a name. */
    record Reference(String name, Position position) {}

    private final List<Reference> volumes = new ArrayList<>();
    private final List<Reference> networks = new ArrayList<>();
    private final List<Reference> secrets = new ArrayList<>();
    private final List<Reference> services = new ArrayList<>();
    private final List<Reference> optionalServices = new ArrayList<>();

    void volume(String name, Position position) {
        volumes.add(new Reference(name, position));
    }

    void network(String name, Position position) {
        networks.add(new Reference(name, position));
    }

    void secret(String name, Position position) {
        secrets.add(new Reference(name, position));
    }

    void service(String name, Position position, boolean required) {
        (required ? services : optionalServices).add(new Reference(name, position));
    }

    /** The services that must be there. */
    List<Reference> services() {
        return services;
    }

    /** Where a dependency on {@code service} is written. */
    Position dependencyPosition(String service, Position otherwise) {
        return java.util.stream.Stream.concat(services.stream(), optionalServices.stream())
                .filter(reference -> reference.name().equals(service))
                .map(Reference::position)
                .findFirst()
                .orElse(otherwise);
    }

    /** Reports every volume, network and secret that the file does not declare. */
    void check(
            Problems problems,
            Collection<String> declaredVolumes,
            Collection<String> declaredNetworks,
            Collection<String> declaredSecrets) {
        check(problems, "volume", "volumes", volumes, declaredVolumes);
        check(problems, "network", "networks", networks, declaredNetworks);
        check(problems, "secret", "secrets", secrets, declaredSecrets);
    }

    private static void check(
            Problems problems, String kind, String section, List<Reference> references, Collection<String> declared) {
        for (Reference reference : references) {
            if (!declared.contains(reference.name())) {
                problems.report(
                        reference.position(),
                        kind + " '" + reference.name() + "' is not declared under the file's '" + section + "': "
                                + Spelling.nearest(reference.name(), declared)
                                        .map(near -> "did you mean '" + near + "'?")
                                        .orElse("declare it there"));
            }
        }
    }
}
