package org.berth.builder.sbom;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import org.berth.base.Json;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * An image's packages as a document. The same image gives the same document.
 *
 * @param image its name, for people
 * @param digest its manifest's, "sha256:..."
 * @param created when the image was
 */
public record BillOfMaterials(String image, String digest, Instant created, List<Component> components) {
    private static final String NONE = "NOASSERTION";
    private static final String TOOL = "berth";

    public BillOfMaterials {
        components = List.copyOf(components);
    }

    /** SPDX 2.3 as JSON. */
    public ObjectNode spdx() {
        ObjectNode document = Json.MAPPER.createObjectNode();
        document.put("spdxVersion", "SPDX-2.3");
        document.put("dataLicense", "CC0-1.0");
        document.put("SPDXID", "SPDXRef-DOCUMENT");
        document.put("name", image);
        document.put("documentNamespace", "https://spdx.org/spdxdocs/" + TOOL + "-" + hex());
        ObjectNode creation = document.putObject("creationInfo");
        creation.put("created", time());
        creation.putArray("creators").add("Tool: " + TOOL);
        ArrayNode packages = document.putArray("packages");
        ArrayNode relationships = document.putArray("relationships");
        String own = "SPDXRef-Image";
        ObjectNode self = spdxPackage(packages, own, image, digest);
        self.put("primaryPackagePurpose", "CONTAINER");
        relate(relationships, "SPDXRef-DOCUMENT", "DESCRIBES", own);
        for (int i = 0; i < components.size(); i++) {
            Component component = components.get(i);
            String id = "SPDXRef-Package-" + i;
            ObjectNode one = spdxPackage(packages, id, fullName(component), component.version());
            one.put("sourceInfo", "found in " + component.path());
            if (!component.license().isEmpty()) {
                // what authors write is seldom one of SPDX's expressions
                one.put("licenseComments", component.license());
            }
            ObjectNode reference = one.putArray("externalRefs").addObject();
            reference.put("referenceCategory", "PACKAGE-MANAGER");
            reference.put("referenceType", "purl");
            reference.put("referenceLocator", component.url());
            relate(relationships, own, "CONTAINS", id);
        }
        return document;
    }

    private static ObjectNode spdxPackage(ArrayNode packages, String id, String name, String version) {
        ObjectNode one = packages.addObject();
        one.put("SPDXID", id);
        one.put("name", name);
        one.put("versionInfo", version);
        one.put("downloadLocation", NONE);
        one.put("filesAnalyzed", false);
        one.put("licenseConcluded", NONE);
        one.put("licenseDeclared", NONE);
        one.put("copyrightText", NONE);
        return one;
    }

    private static void relate(ArrayNode relationships, String from, String type, String to) {
        ObjectNode one = relationships.addObject();
        one.put("spdxElementId", from);
        one.put("relationshipType", type);
        one.put("relatedSpdxElement", to);
    }

    /** CycloneDX 1.5 as JSON. */
    public ObjectNode cyclonedx() {
        ObjectNode document = Json.MAPPER.createObjectNode();
        document.put("bomFormat", "CycloneDX");
        document.put("specVersion", "1.5");
        document.put("serialNumber", "urn:uuid:" + UUID.nameUUIDFromBytes(digest.getBytes(StandardCharsets.UTF_8)));
        document.put("version", 1);
        ObjectNode metadata = document.putObject("metadata");
        metadata.put("timestamp", time());
        ObjectNode tool = metadata.putObject("tools").putArray("components").addObject();
        tool.put("type", "application");
        tool.put("name", TOOL);
        ObjectNode self = metadata.putObject("component");
        self.put("type", "container");
        self.put("bom-ref", digest);
        self.put("name", image);
        self.put("version", digest);
        ArrayNode all = document.putArray("components");
        for (int i = 0; i < components.size(); i++) {
            Component component = components.get(i);
            ObjectNode one = all.addObject();
            one.put("type", "library");
            one.put("bom-ref", i + ":" + component.url());
            if (!component.namespace().isEmpty()) {
                one.put("group", component.namespace());
            }
            one.put("name", component.name());
            one.put("version", component.version());
            if (!component.license().isEmpty()) {
                one.putArray("licenses").addObject().putObject("license").put("name", component.license());
            }
            one.put("purl", component.url());
            ObjectNode place = one.putArray("properties").addObject();
            place.put("name", TOOL + ":path");
            place.put("value", component.path());
        }
        return document;
    }

    private static String fullName(Component component) {
        return switch (component.kind()) {
            case DEB, PYPI -> component.name();
            case NPM ->
                component.namespace().isEmpty() ? component.name() : component.namespace() + "/" + component.name();
            case MAVEN ->
                component.namespace().isEmpty() ? component.name() : component.namespace() + ":" + component.name();
        };
    }

    private String hex() {
        return digest.substring(digest.indexOf(':') + 1);
    }

    private String time() {
        return created.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
