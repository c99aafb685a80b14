package org.berth.image.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.berth.base.BerthException;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.LastLink;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Layers between tar and folder, on the real file system. */
@KernelTest
class LayerFolderTest {
    private static final Instant TIME = Instant.ofEpochSecond(1_700_000_000, 123_456_789);

    @TempDir
    private Path folder;

    static LongStream seeds() {
        return LongStream.range(100, 115);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void packsWhatItUnpacked(long seed) throws IOException {
        List<RandomTar.Item> items = RandomTar.items(seed, 80);
        byte[] tar = RandomTar.write(items);
        Path root = unpack(tar);
        assertThat(RandomTar.read(new ByteArrayInputStream(pack(root)))).containsExactlyInAnyOrderElementsOf(items);
        assertThat(pack(root)).isEqualTo(pack(root));
        deleteWithInRoot(root);
    }

    @Test
    void keepsHardLinksSetIdBitsAndCapabilities() throws IOException {
        // VFS_CAP_REVISION_2, CAP_NET_RAW: little-endian, bytes that are no UTF-8 among them
        byte[] capability = {1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0, 0, 0, 0, 0, 0};
        SortedMap<String, byte[]> attributes = new TreeMap<>();
        attributes.put("security.capability", capability);
        byte[] tar = tar(
                entry("bin/ping", TarEntry.Kind.FILE, 04755, "", attributes),
                entry("bin/ping6", TarEntry.Kind.HARD_LINK, 0, "bin/ping", Collections.emptySortedMap()));
        Path root = unpack(tar);
        try (InRoot inside = InRoot.open(root)) {
            assertThat(inside.status("/bin/ping6", LastLink.FOLLOW).mode()).isEqualTo(04755);
            assertThat(inside.place("/bin/ping", LastLink.FOLLOW).attribute("security.capability"))
                    .hasValueSatisfying(value -> assertThat(value).isEqualTo(capability));
        }
        assertThat(Files.getAttribute(root.resolve("bin/ping"), "unix:ino"))
                .isEqualTo(Files.getAttribute(root.resolve("bin/ping6"), "unix:ino"));
        List<RandomTar.Item> packed = RandomTar.read(new ByteArrayInputStream(pack(root)));
        assertThat(packed)
                .anyMatch(item -> item.entry().kind() == TarEntry.Kind.HARD_LINK
                        && item.entry().link().equals("bin/ping"));
        assertThat(packed).anyMatch(item -> item.entry().attributes().containsKey("security.capability"));
    }

    @Test
    void entriesOfTheSameNameReplaceEachOther() throws IOException {
        Path root = unpack(tar(
                file("a", 0644),
                entry("a/", TarEntry.Kind.FOLDER, 0700, "", Collections.emptySortedMap()),
                file("a/b", 0600),
                file("x/y/z", 0644),
                file("x", 0600)));
        assertThat(root.resolve("a/b")).isRegularFile();
        assertThat(root.resolve("x")).isRegularFile();
    }

    @Test
    void aWhiteoutAndNewContentOfTheSameNameMakeAnOpaqueFolder() throws IOException {
        for (List<TarEntry> order : List.of(
                List.of(file(".wh.d", 0), folderEntry("d/"), file("d/f", 0644)),
                List.of(folderEntry("d/"), file("d/f", 0644), file(".wh.d", 0)),
                List.of(file(".wh.d", 0), file("d/f", 0644)))) {
            Path root = unpack(tar(order.toArray(TarEntry[]::new)));
            try (InRoot inside = InRoot.open(root)) {
                assertThat(inside.place("/d", LastLink.FOLLOW).attribute("trusted.overlay.opaque"))
                        .hasValueSatisfying(value -> assertThat(value).containsExactly('y'));
            }
            assertThat(root.resolve("d/f")).exists();
        }
    }

    @Test
    void aFoldersTimeIsItsOwnNotThatOfItsContent() throws IOException {
        Path root = unpack(tar(folderEntry("d/"), file("d/f", 0644), file("d/g", 0644)));
        assertThat(Files.getLastModifiedTime(root.resolve("d")).toInstant()).isEqualTo(TIME);
    }

    @Test
    void foldersThatNobodyDescribedAreTold() throws IOException {
        Path root = Files.createDirectory(folder.resolve("root"));
        byte[] tar = tar(file("a/b/c", 0644), folderEntry("a/"), file("e/f", 0644));
        assertThat(LayerUnpacker.unpack(new ByteArrayInputStream(tar), root).impliedFolders())
                .containsExactly("a/b", "e");
    }

    @Test
    void linksOfTheLayerAreFollowedWithinTheRootOnly() throws IOException {
        Path outside = Files.createDirectory(folder.resolve("outside"));
        Files.writeString(outside.resolve("secret"), "host");
        String up = "../".repeat(20);
        Path root = unpack(tar(
                link("lib", "usr/lib"),
                file("lib/x", 0644),
                link("out", outside.toString()),
                file("out/y", 0644),
                link("up", up + outside.toString().substring(1)),
                file("up/z", 0644),
                link("magic", "/proc/self/root" + outside),
                file("magic/w", 0644)));
        assertThat(root.resolve("usr/lib/x")).isRegularFile();
        assertThat(outside.toFile().list()).containsExactly("secret");
        assertThat(root.resolve(outside.toString().substring(1)).resolve("y")).isRegularFile();
    }

    @Test
    void hardLinksLeadNowhereElse() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "host");
        for (String target : List.of(secret.toString(), "link/secret")) {
            assertThatThrownBy(() -> unpack(tar(
                            link("link", folder.toString()),
                            entry("stolen", TarEntry.Kind.HARD_LINK, 0, target, Collections.emptySortedMap()))))
                    .isInstanceOf(BerthException.class)
                    .hasMessageContaining("stolen");
        }
        assertThat(Files.getAttribute(secret, "unix:nlink")).isEqualTo(1);
    }

    @Test
    void aFileIsNotWrittenThroughALinkOfItsName() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "host");
        Path root = unpack(tar(link("a", secret.toString()), file("a", 0600)));
        assertThat(secret).hasContent("host");
        assertThat(Files.isSymbolicLink(root.resolve("a"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"../x", "a/../../x", "/../x", "a/..", ".wh./x/../..", "./.wh."})
    void pathsOutOfTheLayerAreRefused(String path) {
        assertThatThrownBy(() -> unpack(tar(file(path, 0644)))).isInstanceOf(BerthException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"trusted.overlay.redirect", "trusted.overlay.metacopy", "trusted.overlay.opaque"})
    void attributesOfOverlayfsDoNotComeFromATar(String attribute) throws IOException {
        SortedMap<String, byte[]> attributes = new TreeMap<>();
        attributes.put(attribute, "/etc".getBytes(StandardCharsets.UTF_8));
        Path root = unpack(tar(entry("d/", TarEntry.Kind.FOLDER, 0755, "", attributes)));
        try (InRoot inside = InRoot.open(root)) {
            assertThat(inside.place("/d", LastLink.FOLLOW).attributes()).doesNotContain(attribute);
        }
    }

    @Test
    void namesOfWhiteoutsCanNotBePacked() throws IOException {
        Path root = Files.createDirectory(folder.resolve("root"));
        Files.writeString(root.resolve(".wh.x"), "");
        assertThatThrownBy(() -> pack(root)).isInstanceOf(BerthException.class).hasMessageContaining(".wh.x");
    }

    private Path unpack(byte[] tar) throws IOException {
        Path root = Files.createTempDirectory(folder, "root-");
        LayerUnpacker.unpack(new ByteArrayInputStream(tar), root);
        return root;
    }

    private static byte[] pack(Path root) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        LayerPacker.pack(root, out);
        return out.toByteArray();
    }

    /** Names that are no text are beyond the test framework's own clean-up. */
    private static void deleteWithInRoot(Path root) {
        try (InRoot parent = InRoot.open(root.resolveSibling(""))) {
            parent.removeAll("/" + root.getFileName());
        }
        assertThat(Files.exists(root, LinkOption.NOFOLLOW_LINKS)).isFalse();
    }

    private static byte[] tar(TarEntry... entries) throws IOException {
        List<RandomTar.Item> items = new ArrayList<>();
        for (TarEntry entry : entries) {
            items.add(new RandomTar.Item(entry, new byte[(int) entry.size()]));
        }
        return RandomTar.write(items);
    }

    private static TarEntry file(String path, int mode) {
        return entry(path, TarEntry.Kind.FILE, mode, "", Collections.emptySortedMap());
    }

    private static TarEntry folderEntry(String path) {
        return entry(path, TarEntry.Kind.FOLDER, 0755, "", Collections.emptySortedMap());
    }

    private static TarEntry link(String path, String target) {
        return entry(path, TarEntry.Kind.SYMBOLIC_LINK, 0777, target, Collections.emptySortedMap());
    }

    private static TarEntry entry(
            String path, TarEntry.Kind kind, int mode, String link, SortedMap<String, byte[]> attributes) {
        return new TarEntry(path, kind, mode, 0, 0, 0, TIME, link, 0, 0, attributes);
    }
}
