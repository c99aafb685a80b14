package org.berth.runtime.oci.facts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.berth.runtime.oci.config.OciConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Goal: what a plan is told of a bundle is what is there. */
class BundleFactsTest {
    @TempDir
    private Path bundle;

    @ParameterizedTest
    @CsvSource({
        "/there, /there",
        "/new, /new",
        "/to-there/new, /there/new",
        "/dangling, /foo/bar",
        "/dangling/x, /foo/bar/x",
        "/up, /outside",
        "/loop/x, /loop/x",
        "../../there/./y, ../../there/./y",
    })
    void aDestinationLeadsWhereItsLinksDo(String destination, String expected) throws IOException {
        Path root = bundle.resolve("rootfs");
        Files.createDirectories(root.resolve("there"));
        Files.createSymbolicLink(root.resolve("to-there"), Path.of("/there"));
        Files.createSymbolicLink(root.resolve("dangling"), Path.of("foo/bar"));
        Files.createSymbolicLink(root.resolve("up"), Path.of("../../../outside"));
        Files.createSymbolicLink(root.resolve("loop"), Path.of("loop"));
        assertThat(Destinations.resolve(root, destination)).isEqualTo(expected);
    }

    @Test
    void aUserNamespaceWithoutMappingsHasOurs() {
        OciConfig config = OciConfig.parse("""
                {"ociVersion": "1.2.1", "linux": {"namespaces": [{"type": "user"}]}}""");
        OciConfig mapped = BundleFacts.withMappings(config);
        assertThat(mapped.linux().uidMappings())
                .isNotEmpty()
                .allSatisfy(one -> assertThat(one.containerId()).isEqualTo(one.hostId()));
        assertThat(BundleFacts.withMappings(mapped)).isSameAs(mapped);
    }

    @Test
    void sourcesAreOfTheBundleAndFilesAreKnown() throws IOException {
        Files.createFile(bundle.resolve("file"));
        OciConfig config = OciConfig.parse("""
                {"ociVersion": "1.2.1", "root": {"path": "rootfs"}, "mounts": [
                  {"destination": "/a", "type": "tmpfs"},
                  {"destination": "/b", "source": "file", "options": ["bind"]},
                  {"destination": "/c", "source": ".", "options": ["rbind"]}]}""");
        OciConfig absolute = BundleFacts.absolute(config, bundle);
        assertThat(absolute.mounts().get(1).source())
                .contains(bundle.resolve("file").toString());
        assertThat(BundleFacts.fileMounts(absolute)).containsExactly(1);
    }
}
