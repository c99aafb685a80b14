package org.berth.builder.sbom;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.berth.builder.sbom.Component.Kind;
import org.berth.linux.path.OpenFile;

/** A jar's packages: Maven's pom.properties, of it and of jars within it; else what its manifest says. */
final class Jar {
    private static final int ENTRIES_MAX = 200_000;
    private static final int TEXT_BYTES_MAX = 256 * 1024;
    /** Jars within a jar, as Spring Boot packs them; those have none. */
    private static final int DEPTH_MAX = 2;

    private Jar() {}

    static List<Component> read(OpenFile file, String path) {
        try (InputStream input = file.input()) {
            return read(input, path, 0);
        } catch (IOException | IllegalArgumentException e) {
            return List.of();
        }
    }

    static List<Component> read(InputStream input, String path, int depth) throws IOException {
        List<Component> found = new ArrayList<>();
        Map<String, String> manifest = Map.of();
        boolean own = false;
        // not closed: it would close what it reads from
        ZipInputStream zip = new ZipInputStream(input);
        int entries = 0;
        for (ZipEntry entry = zip.getNextEntry(); entry != null && entries < ENTRIES_MAX; entry = zip.getNextEntry()) {
            entries++;
            String name = entry.getName();
            if (name.startsWith("META-INF/maven/") && name.endsWith("/pom.properties")) {
                Properties properties = new Properties();
                properties.load(new StringReader(text(zip)));
                found.add(component(
                        properties.getProperty("groupId", ""),
                        properties.getProperty("artifactId", ""),
                        properties.getProperty("version", ""),
                        path));
                own = true;
            } else if (name.equals("META-INF/MANIFEST.MF")) {
                manifest = Inventory.fields(text(zip));
            } else if (name.endsWith(".jar") && depth < DEPTH_MAX) {
                found.addAll(read(zip, path + "!/" + name, depth + 1));
            }
        }
        String title = manifest.getOrDefault("Implementation-Title", "");
        String version = manifest.getOrDefault("Implementation-Version", "");
        if (!own && !title.isEmpty() && !version.isEmpty()) {
            found.add(component(manifest.getOrDefault("Implementation-Vendor-Id", ""), title, version, path));
        }
        return found;
    }

    private static Component component(String group, String name, String version, String path) {
        return new Component(Kind.MAVEN, group, name, version, "", "", path);
    }

    private static String text(InputStream input) throws IOException {
        return new String(input.readNBytes(TEXT_BYTES_MAX), StandardCharsets.UTF_8);
    }
}
