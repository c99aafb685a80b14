package org.berth.image.debian;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.berth.base.Instance;
import org.berth.linux.path.InRoot;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@KernelTest
class RootFillerTest {
    private static final AptSource SOURCE = AptSource.main(URI.create("http://mirror.example/debian"), "bookworm");

    private static RootFiller.Unpacked unpack(Path root, TestPackage one) throws IOException {
        try (InRoot inRoot = InRoot.open(root)) {
            return new RootFiller(inRoot).unpack(one.entry(SOURCE), one.bytes());
        }
    }

    private static Path folder(Instance instance) throws IOException {
        return Files.createDirectories(instance.root());
    }

    private static Object attribute(Path file, String name) throws IOException {
        return Files.getAttribute(file, "unix:" + name, LinkOption.NOFOLLOW_LINKS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".gz", ".xz", ".zst"})
    void unpacksFilesAsTheyWerePacked(String packing, Instance instance) throws IOException {
        Path root = folder(instance);
        String longName = "./usr/share/" + "long-name-".repeat(20);
        TestPackage tool = new TestPackage("tool", "1")
                .packed(packing)
                .control("conffiles", "/etc/tool.conf\nremove-on-upgrade /etc/old.conf\n")
                .folder("./etc/", 0755)
                .file("./etc/tool.conf", 0640, "hello", 0, 42)
                .folder("./usr/bin/", 0755)
                .file("./usr/bin/tool", 04755, "#!/bin/sh\n")
                .furtherName("./usr/bin/other", "./usr/bin/tool")
                .symbolicLink("./usr/bin/link", "/etc/tool.conf")
                .folder("./var/spool/tool/", 02775, 8, 8)
                .file(longName, 0644, "x".repeat(300_000));
        RootFiller.Unpacked unpacked = unpack(root, tool);

        assertThat(attribute(root.resolve("etc/tool.conf"), "mode")).isEqualTo(0100640);
        assertThat(attribute(root.resolve("etc/tool.conf"), "gid")).isEqualTo(42);
        assertThat(attribute(root.resolve("usr/bin/tool"), "mode")).isEqualTo(0104755);
        assertThat(attribute(root.resolve("usr/bin/tool"), "ino"))
                .isEqualTo(attribute(root.resolve("usr/bin/other"), "ino"));
        assertThat(Files.readSymbolicLink(root.resolve("usr/bin/link"))).hasToString("/etc/tool.conf");
        assertThat(attribute(root.resolve("var/spool"), "mode")).isEqualTo(040755);
        assertThat(attribute(root.resolve("var/spool/tool"), "mode")).isEqualTo(042775);
        assertThat(attribute(root.resolve("var/spool/tool"), "uid")).isEqualTo(8);
        assertThat(root.resolve(longName)).hasSize(300_000);
        assertThat(Files.getLastModifiedTime(root.resolve("usr/bin/tool")).toInstant())
                .isEqualTo(TestPackage.MODIFIED);

        assertThat(unpacked.paths())
                .startsWith("/.", "/etc", "/etc/tool.conf", "/usr/bin", "/usr/bin/tool", "/usr/bin/other");
        assertThat(unpacked.configurationHashes())
                .containsExactlyEntriesOf(java.util.Map.of("/etc/tool.conf", "5d41402abc4b2a76b9719d911017c592"));
    }

    @Test
    void keepsALinkThatStandsForAFolder(Instance instance) throws IOException {
        Path root = folder(instance);
        Files.createDirectories(root.resolve("usr/lib"));
        Files.createSymbolicLink(root.resolve("lib"), Path.of("usr/lib"));
        unpack(
                root,
                new TestPackage("libc", "1")
                        .folder("./lib/", 0755)
                        .folder("./lib/multi/", 0755)
                        .file("./lib/multi/libc.so", 0644, "c"));
        assertThat(root.resolve("lib")).isSymbolicLink();
        assertThat(root.resolve("usr/lib/multi/libc.so")).hasContent("c");
    }

    @Test
    void keepsALinkThatIsThereAlready(Instance instance) throws IOException {
        Path root = folder(instance);
        Files.createDirectories(root.resolve("usr/bin"));
        Files.createSymbolicLink(root.resolve("bin"), Path.of("usr/bin"));
        unpack(root, new TestPackage("base-files", "1").symbolicLink("./bin", "usr/bin"));
        assertThat(Files.readSymbolicLink(root.resolve("bin"))).hasToString("usr/bin");
        assertThatThrownBy(() -> unpack(root, new TestPackage("x", "1").symbolicLink("./bin", "usr/other")))
                .hasMessageContaining("bin");
    }

    @Test
    void letsTheSpecialModeOfASharedFolderStand(Instance instance) throws IOException {
        Path root = folder(instance);
        unpack(root, new TestPackage("base-files", "1").folder("./tmp/", 01777));
        unpack(root, new TestPackage("other", "1").folder("./tmp/", 0755));
        assertThat(attribute(root.resolve("tmp"), "mode")).isEqualTo(041777);
    }

    @Test
    void refusesToPutAFileOverAnothers(Instance instance) throws IOException {
        Path root = folder(instance);
        unpack(root, new TestPackage("one", "1").file("./usr/same", 0644, "one"));
        assertThatThrownBy(() -> unpack(root, new TestPackage("two", "1").file("./usr/same", 0644, "two")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("two 1")
                .hasMessageContaining("usr/same");
        assertThat(root.resolve("usr/same")).hasContent("one");
    }

    /** A package's links lead nowhere outside of the root, whatever they say (CVE-2018-15664 and its kin). */
    @Test
    void staysInTheRoot(Instance instance) throws IOException {
        Path root = folder(instance);
        Path outside = Files.createDirectories(instance.run());
        Files.createDirectories(root.resolve("tmp"));
        TestPackage climbing = new TestPackage("climbing", "1").file("./../../climbed", 0644, "x");
        unpack(root, climbing);
        assertThat(root.resolve("climbed")).exists();
        TestPackage linking = new TestPackage("linking", "1")
                .symbolicLink("./way", outside.toString())
                .file("./way/file", 0644, "x");
        assertThatThrownBy(() -> unpack(root, linking)).isInstanceOf(IOException.class);
        TestPackage rooted = new TestPackage("rooted", "1")
                .symbolicLink("./inside", "/../../../tmp")
                .file("./inside/file", 0644, "x");
        unpack(root, rooted);
        assertThat(root.resolve("tmp/file")).hasContent("x");
        TestPackage naming = new TestPackage("naming", "1").furtherName("./mine", "../../../../../etc/hostname");
        assertThatThrownBy(() -> unpack(root, naming)).isInstanceOf(IOException.class);
        assertThat(outside).isEmptyDirectory();
    }

    @Test
    void refusesDevicesAndBrokenPackages(Instance instance) throws IOException {
        Path root = folder(instance);
        assertThatThrownBy(() -> unpack(root, new TestPackage("device", "1").device("./dev/sda")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no file, folder or link");
        TestPackage whole = new TestPackage("whole", "1").file("./file", 0644, "x");
        byte[] cut = java.util.Arrays.copyOf(whole.bytes(), whole.bytes().length - 40);
        try (InRoot inRoot = InRoot.open(root)) {
            assertThatThrownBy(() -> new RootFiller(inRoot).unpack(whole.entry(SOURCE), cut))
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> new RootFiller(inRoot).unpack(whole.entry(SOURCE), new byte[100]))
                    .isInstanceOf(IOException.class);
        }
    }
}
