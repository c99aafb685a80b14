package org.berth.builder.sbom;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.berth.linux.path.InRoot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class InventoryTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void packagesOfEveryKindAreFound() throws IOException {
        write("etc/os-release", "NAME=x\nID=debian\n");
        write("var/lib/dpkg/status", """
                Package: libc6
                Status: install ok installed
                Architecture: amd64
                Version: 2.36-9+deb12u4
                Description: a library
                 Version: not this one

                Package: gone
                Status: deinstall ok config-files
                Architecture: amd64
                Version: 1

                Package: tzdata
                Status: install ok installed
                Architecture: all
                Version: 2024a-0+deb12u1
                """);
        write("opt/venv/lib/python3.11/site-packages/Flask_Login-0.6.3.dist-info/METADATA", """
                Metadata-Version: 2.1
                Name: Flask-Login
                Version: 0.6.3
                License-Expression: MIT

                Name: not this
                """);
        write("usr/lib/python3/dist-packages/six-1.16.0.egg-info/PKG-INFO", "Name: six\nVersion: 1.16.0\n");
        write(
                "app/node_modules/@babel/core/package.json",
                "{\"name\": \"@babel/core\", \"version\": \"7.1.0\", \"license\": \"MIT\"}");
        write("app/node_modules/express/package.json", "{\"name\": \"express\", \"version\": \"4.18.2\"}");
        write("app/node_modules/express/lib/package.json", "{\"name\": \"part\", \"version\": \"1.0.0\"}");
        write("app/package.json", "{\"name\": \"own\", \"version\": \"1.0.0\"}");
        write("app/node_modules/broken/package.json", "{");
        byte[] inner =
                jar(Map.of("META-INF/maven/org.x/y/pom.properties", text("groupId=org.x\nartifactId=y\nversion=2\n")));
        write(
                "app/app.jar",
                jar(Map.of(
                        "META-INF/MANIFEST.MF",
                        text("Implementation-Title: Shop\nImplementation-Version: 3\n"),
                        "BOOT-INF/lib/y.jar",
                        inner)));
        write("app/damaged.jar", text("no zip"));

        assertThat(inventory())
                .extracting(Component::url)
                .containsExactly(
                        "pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=amd64",
                        "pkg:deb/debian/tzdata@2024a-0%2Bdeb12u1?arch=all",
                        "pkg:maven/Shop@3",
                        "pkg:maven/org.x/y@2",
                        "pkg:npm/%40babel/core@7.1.0",
                        "pkg:npm/express@4.18.2",
                        "pkg:pypi/flask-login@0.6.3",
                        "pkg:pypi/six@1.16.0");
    }

    @Test
    void linksOutOfTheRootLeadNowhere() throws IOException {
        Path outside = Files.createDirectories(folder.resolveSibling(folder.getFileName() + "-outside"));
        Files.writeString(outside.resolve("status"), "Package: host\nStatus: install ok installed\nVersion: 1\n");
        Files.createDirectories(folder.resolve("var/lib/dpkg"));
        Files.createSymbolicLink(folder.resolve("var/lib/dpkg/status"), outside.resolve("status"));
        Files.createSymbolicLink(folder.resolve("more"), outside);
        assertThat(inventory()).isEmpty();
        Files.delete(outside.resolve("status"));
        Files.delete(outside);
    }

    @Test
    void theDocumentsHaveWhatTheirSpecificationsWant() {
        Component component = new Component(Component.Kind.NPM, "@babel", "core", "7.1.0", "", "MIT", "/app/x");
        BillOfMaterials bill = new BillOfMaterials(
                "docker.io/library/shop:latest",
                "sha256:" + "ab".repeat(32),
                Instant.parse("2026-01-02T03:04:05.678Z"),
                List.of(component));
        JsonNode spdx = bill.spdx();
        assertThat(spdx.path("spdxVersion").asString()).isEqualTo("SPDX-2.3");
        assertThat(spdx.path("dataLicense").asString()).isEqualTo("CC0-1.0");
        assertThat(spdx.path("creationInfo").path("created").asString()).isEqualTo("2026-01-02T03:04:05Z");
        assertThat(spdx.path("packages").path(1).path("name").asString()).isEqualTo("@babel/core");
        assertThat(spdx.path("packages")
                        .path(1)
                        .path("externalRefs")
                        .path(0)
                        .path("referenceLocator")
                        .asString())
                .isEqualTo("pkg:npm/%40babel/core@7.1.0");
        assertThat(spdx.path("relationships").path(0).path("relationshipType").asString())
                .isEqualTo("DESCRIBES");
        JsonNode cyclonedx = bill.cyclonedx();
        assertThat(cyclonedx.path("bomFormat").asString()).isEqualTo("CycloneDX");
        assertThat(cyclonedx.path("specVersion").asString()).isEqualTo("1.5");
        assertThat(cyclonedx.path("serialNumber").asString()).matches("urn:uuid:[0-9a-f-]{36}");
        assertThat(cyclonedx.path("components").path(0).path("group").asString())
                .isEqualTo("@babel");
        assertThat(bill.spdx()).isEqualTo(spdx);
    }

    @Test
    void provenanceNamesArgumentsAndNotTheirValues() {
        JsonNode statement = new Provenance(
                        "shop",
                        "sha256:" + "ab".repeat(32),
                        Map.of("target", "web"),
                        Set.of("TOKEN"),
                        Map.of("debian:bookworm", "sha256:" + "cd".repeat(32)),
                        Instant.EPOCH,
                        Instant.EPOCH)
                .statement();
        assertThat(statement.path("_type").asString()).isEqualTo("https://in-toto.io/Statement/v1");
        assertThat(statement.path("predicateType").asString()).isEqualTo("https://slsa.dev/provenance/v1");
        assertThat(statement
                        .path("subject")
                        .path(0)
                        .path("digest")
                        .path("sha256")
                        .asString())
                .isEqualTo("ab".repeat(32));
        JsonNode definition = statement.path("predicate").path("buildDefinition");
        assertThat(definition.path("externalParameters").toString())
                .isEqualTo("{\"target\":\"web\",\"arguments\":[\"TOKEN\"]}");
        assertThat(definition.path("resolvedDependencies").path(0).path("uri").asString())
                .isEqualTo("pkg:docker/debian@bookworm");
    }

    private List<Component> inventory() {
        try (InRoot root = InRoot.open(folder)) {
            return Inventory.of(root);
        }
    }

    private void write(String path, String content) throws IOException {
        write(path, text(content));
    }

    private void write(String path, byte[] content) throws IOException {
        Path file = folder.resolve(path);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.write(file, content);
    }

    private static byte[] jar(Map<String, byte[]> entries) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> entry : new LinkedHashMap<>(entries).entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue());
                zip.closeEntry();
            }
        }
        return bytes.toByteArray();
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
