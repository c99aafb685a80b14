package org.berth.builder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.image.Image;
import org.berth.linux.path.LastLink;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * A plain source folder, from the Debian archive to a program that runs: one test, for the base system
 * is bootstrapped for it. The package index is a folder (PEP 503) with a wheel made on the spot.
 */
@KernelTest
class PythonFolderTest {
    @Test
    void folderWithRequirementsBecomesAnImageInCachedLayers(Instance instance) throws IOException {
        Path index = instance.root().resolveSibling("index");
        wheel(index.resolve("simple/berthsample"), "berthsample", "1.2");
        Map<String, String> environment = new LinkedHashMap<>(System.getenv());
        environment.keySet().removeIf(name -> name.startsWith("PIP_"));
        environment.put("PIP_CONFIG_FILE", "/dev/null");
        environment.put("PIP_INDEX_URL", "file://" + index.resolve("simple"));
        environment.put("PIP_RETRIES", "0");
        try (Workshop workshop = new Workshop(instance, environment)) {
            workshop.write("requirements.txt", "berthsample>=1\nsix\nnot-anywhere==3\n");
            workshop.write("apt.txt", "python3-six\n");
            workshop.write("Procfile", "web: python main.py\n");
            workshop.write("main.py", "print('one')\n");
            missing(workshop);

            workshop.write("requirements.txt", "berthsample>=1\nsix\n");
            Image first = workshop.build();
            assertThat(workshop.steps())
                    .anyMatch(step -> step.contains(" python3 python3-six") && step.endsWith(" (cached)"));
            assertThat(first.layers()).hasSize(4);
            assertThat(first.config().command()).containsExactly("python", "main.py");
            assertThat(first.config().workingDirectory()).isEqualTo("/app");
            assertThat(first.config().environment()).noneMatch(line -> line.startsWith("PIP_"));
            workshop.root(first, root -> {
                assertThat(root.find("/app/main.py", LastLink.KEEP)).isPresent();
                assertThat(root.list("/mnt")).isEmpty();
            });

            workshop.write("main.py", "import berthsample, six, sys; print(berthsample.WORD, sys.prefix)\n");
            Image second = workshop.build();
            assertThat(workshop.output()).isEmpty();
            assertThat(second.layers().subList(0, 3)).isEqualTo(first.layers().subList(0, 3));
            assertThat(second.layers().getLast()).isNotEqualTo(first.layers().getLast());

            workshop.write("check/Dockerfile", "FROM built\nRUN python main.py && python -m pip --version\n");
            workshop.said.clear();
            workshop.builder.build(
                    new BuildRequest(
                            workshop.context.resolve("check"),
                            java.util.Optional.empty(),
                            java.util.Optional.empty(),
                            Map.of(),
                            List.of(),
                            false,
                            true),
                    workshop.said::add);
            assertThat(workshop.output()).contains("of the wheel /opt/venv");
        }
    }

    private static void missing(Workshop workshop) {
        try {
            assertThatThrownBy(workshop::build)
                    .hasMessageContaining("satisfy not-anywhere==3;")
                    .hasMessageContaining("apt.txt")
                    .isInstanceOfSatisfying(
                            BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FAILED));
        } catch (BerthException e) {
            Assumptions.assumeFalse(
                    e.code() == ErrorCode.UNAVAILABLE, "no Debian mirror is in reach: " + e.getMessage());
            throw e;
        }
    }

    /** A wheel (PEP 427) with one module, and its page in the index. */
    private static void wheel(Path folder, String name, String version) throws IOException {
        Files.createDirectories(folder);
        String info = name + "-" + version + ".dist-info/";
        Map<String, String> files = new LinkedHashMap<>();
        files.put(name + ".py", "WORD = 'of the wheel'\n");
        files.put(info + "METADATA", "Metadata-Version: 2.1\nName: " + name + "\nVersion: " + version + "\n");
        files.put(info + "WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n");
        files.put(info + "RECORD", name + ".py,,\n" + info + "METADATA,,\n" + info + "WHEEL,,\n" + info + "RECORD,,\n");
        String file = name + "-" + version + "-py3-none-any.whl";
        try (OutputStream output = Files.newOutputStream(folder.resolve(file));
                ZipOutputStream zip = new ZipOutputStream(output)) {
            for (Map.Entry<String, String> entry : files.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue().getBytes(StandardCharsets.UTF_8));
                zip.closeEntry();
            }
        }
        Files.writeString(folder.resolve("index.html"), "<a href=\"" + file + "\">" + file + "</a>\n");
        Files.writeString(
                Objects.requireNonNull(folder.getParent()).resolve("index.html"),
                "<a href=\"" + name + "/\">" + name + "</a>\n");
    }
}
