package org.berth.builder.sbom;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.berth.base.Json;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Where an image comes from, as an in-toto statement (v1) with a SLSA provenance (v1). Values of build arguments are left
 * out: they may be secret.
 *
 * @param image its name
 * @param digest its manifest's, "sha256:..."
 * @param parameters what was asked for: "target" to "web"
 * @param arguments names of build arguments
 * @param materials images it was built on, name to digest
 */
public record Provenance(
        String image,
        String digest,
        Map<String, String> parameters,
        Set<String> arguments,
        Map<String, String> materials,
        Instant started,
        Instant finished) {
    private static final String BUILD_TYPE = "https://berth.invalid/build/dockerfile/v1";
    private static final String BUILDER = "https://berth.invalid/builder";

    /** The statement. */
    public ObjectNode statement() {
        ObjectNode statement = Json.MAPPER.createObjectNode();
        statement.put("_type", "https://in-toto.io/Statement/v1");
        ObjectNode subject = statement.putArray("subject").addObject();
        subject.put("name", image);
        digest(subject, digest);
        statement.put("predicateType", "https://slsa.dev/provenance/v1");
        ObjectNode predicate = statement.putObject("predicate");
        ObjectNode definition = predicate.putObject("buildDefinition");
        definition.put("buildType", BUILD_TYPE);
        ObjectNode external = definition.putObject("externalParameters");
        new TreeMap<>(parameters).forEach(external::put);
        ArrayNode names = external.putArray("arguments");
        new TreeSet<>(arguments).forEach(names::add);
        ArrayNode dependencies = definition.putArray("resolvedDependencies");
        new TreeMap<>(materials).forEach((name, digest) -> {
            ObjectNode one = dependencies.addObject();
            one.put("uri", "pkg:docker/" + name.replaceFirst(":([^:/]+)$", "@$1"));
            digest(one, digest);
        });
        ObjectNode run = predicate.putObject("runDetails");
        run.putObject("builder").put("id", BUILDER);
        ObjectNode metadata = run.putObject("metadata");
        metadata.put("startedOn", started.truncatedTo(ChronoUnit.SECONDS).toString());
        metadata.put("finishedOn", finished.truncatedTo(ChronoUnit.SECONDS).toString());
        return statement;
    }

    private static void digest(ObjectNode of, String digest) {
        int colon = digest.indexOf(':');
        of.putObject("digest").put(digest.substring(0, colon), digest.substring(colon + 1));
    }
}
