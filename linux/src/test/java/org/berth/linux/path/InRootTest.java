package org.berth.linux.path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.berth.base.Instance;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** Each test has a root and, beside it, a folder of the "host" that must stay as it was. */
@KernelTest
class InRootTest {
    private static final int SWAPS = 3_000;
    private static final int RENAME_EXCHANGE = 2;

    @Test
    void makesAndReadsEveryKindOfFile(Instance instance) throws IOException {
        try (InRoot root = InRoot.open(root(instance))) {
            root.makeFolders("/a/b/c", 0751, 7, 8).close();
            root.replace("/a/file", bytes("hello"), 04755, 1, 2);
            root.replace("/a/file", bytes("again"), 0640, 3, 4);
            root.symlink("../file", "/a/b/link");
            root.link("/a/file", "/a/other");
            root.makeSpecial("/a/null", FileType.CHARACTER_DEVICE, 0666, new FileStatus.DeviceNumber(1, 3));
            root.makeSpecial("/a/pipe", FileType.FIFO, 0600, new FileStatus.DeviceNumber(0, 0));
            root.setModified("/a/file", Instant.ofEpochSecond(1234567890, 987654321), LastLink.KEEP);

            assertThat(root.status("/a/b", LastLink.KEEP))
                    .returns(FileType.FOLDER, FileStatus::type)
                    .returns(0751, FileStatus::mode)
                    .returns(7L, FileStatus::uid)
                    .returns(8L, FileStatus::gid);
            assertThat(root.status("/a/b/link", LastLink.FOLLOW))
                    .returns(FileType.REGULAR, FileStatus::type)
                    .returns(0640, FileStatus::mode)
                    .returns(3L, FileStatus::uid)
                    .returns(5L, FileStatus::sizeBytes)
                    .returns(2L, FileStatus::links)
                    .returns(Instant.ofEpochSecond(1234567890, 987654321), FileStatus::modified);
            assertThat(root.status("/a/b/link", LastLink.KEEP).isSymbolicLink()).isTrue();
            assertThat(root.readLink("/a/b/link")).isEqualTo("../file");
            assertThat(root.readText("/a/b/link", 5)).contains("again");
            assertThat(root.status("/a/null", LastLink.KEEP).special()).isEqualTo(new FileStatus.DeviceNumber(1, 3));
            assertThat(root.list("/a").stream().map(Folder.Entry::name).sorted())
                    .containsExactly("b", "file", "null", "other", "pipe");
        }
    }

    @Test
    void specialFilesAreNotOpenedForTheirContent(Instance instance) throws IOException {
        try (InRoot root = InRoot.open(root(instance))) {
            root.makeSpecial("/pipe", FileType.FIFO, 0600, new FileStatus.DeviceNumber(0, 0));
            assertThatThrownBy(() -> root.readAll("/pipe", 10)).hasMessageContaining("not a regular file");
            root.replace("/long", new byte[11], 0600, 0, 0);
            assertThatThrownBy(() -> root.readAll("/long", 10)).hasMessageContaining("at most 10 bytes");
        }
    }

    @Test
    void attributesAreSetOnTheLinkItself(Instance instance) throws IOException {
        try (InRoot root = InRoot.open(root(instance))) {
            root.replace("/file", bytes(""), 0600, 0, 0);
            root.symlink("file", "/link");
            root.chown("/link", 5, 6, LastLink.KEEP);
            try (OpenFile link = root.place("/link", LastLink.KEEP);
                    OpenFile file = root.place("/link", LastLink.FOLLOW)) {
                link.setAttribute("trusted.of", bytes("link"));
                file.setAttribute("user.of", bytes("file"));
                assertThat(link.attributes()).containsExactly("trusted.of");
                assertThat(file.attributes()).containsExactly("user.of");
                assertThat(file.attribute("user.of")).map(String::new).contains("file");
                assertThat(file.attribute("user.none")).isEmpty();
                assertThat(link.status().uid()).isEqualTo(5);
                assertThat(file.status().uid()).isZero();
            }
        }
    }

    @Test
    void everyLinkStaysInTheRoot(Instance instance) throws IOException {
        Path host = host(instance);
        try (InRoot root = InRoot.open(root(instance))) {
            root.symlink(host.toString(), "/absolute");
            root.symlink("../../../../../.." + host, "/upwards");
            root.symlink("/proc/self/root" + host, "/magic");
            for (String link : List.of("/absolute", "/upwards", "/magic", "../../.." + host)) {
                assertThat(root.find(link + "/secret", LastLink.FOLLOW)).isEmpty();
                assertThatThrownBy(() -> root.replace(link + "/new", bytes("x"), 0600, 0, 0))
                        .isInstanceOf(SystemCallException.class);
                root.removeAll(link + "/secret");
            }
            assertThatThrownBy(() -> root.makeFolders("/absolute/new", 0755, 0, 0))
                    .isInstanceOf(SystemCallException.class);
        }
        assertThat(host).isDirectoryContaining("glob:**/secret").isDirectoryNotContaining("glob:**/new");
    }

    @Test
    void cve202641579DevThatPointsAtTheHost(Instance instance) throws IOException {
        Path host = host(instance);
        try (InRoot root = InRoot.open(root(instance))) {
            root.symlink(host.toString(), "/dev");
            assertThatThrownBy(() -> root.unlink("/dev/secret")).isInstanceOf(SystemCallException.class);
            assertThatThrownBy(() -> root.symlink("/proc/self/fd", "/dev/fd")).isInstanceOf(SystemCallException.class);
            root.removeAll("/dev");
        }
        assertThat(host).isDirectoryContaining("glob:**/secret").isDirectoryNotContaining("glob:**/fd");
    }

    @Test
    void cve202445310AndCve202130465FolderSwappedForALinkMeanwhile(Instance instance) throws Exception {
        Path host = host(instance);
        Path folder = root(instance);
        Files.createDirectory(folder.resolve("swap"));
        Files.createSymbolicLink(folder.resolve("link"), host);
        AtomicBoolean done = new AtomicBoolean();
        Thread swapper = Thread.ofPlatform().start(() -> swap(folder, done));
        try (InRoot root = InRoot.open(folder)) {
            for (int i = 0; i < SWAPS; i++) {
                try {
                    root.makeFolders("/swap/made/" + i, 0755, 0, 0).close();
                    root.removeAll("/swap/secret");
                    root.replace("/swap/secret", bytes("mine"), 0600, 0, 0);
                } catch (SystemCallException e) {
                    assertThat(e.errno()).isIn(Errno.ENOENT, Errno.ENOTDIR, Errno.EEXIST, Errno.ELOOP);
                }
            }
        } finally {
            done.set(true);
            swapper.join();
        }
        assertThat(Files.readString(host.resolve("secret"))).isEqualTo("untouched");
        assertThat(host).isDirectoryNotContaining("glob:**/made");
    }

    @Test
    void removalEndsAtWhatIsMounted(Instance instance) throws IOException {
        Path mounted = Files.createDirectories(root(instance).resolve("a/mounted"));
        try (Arena arena = Arena.ofConfined();
                InRoot root = InRoot.open(root(instance))) {
            long target = SystemCalls.text(arena, mounted.toString()).address();
            long tmpfs = SystemCalls.text(arena, "tmpfs").address();
            SystemCalls.call("mount", SystemCallNumber.MOUNT, tmpfs, target, tmpfs, 0, 0);
            try {
                Files.createFile(mounted.resolve("secret"));
                assertThatThrownBy(() -> root.removeAll("/a")).hasMessageContaining("invalid cross-device link");
                assertThat(mounted.resolve("secret")).exists();
            } finally {
                SystemCalls.call("umount", SystemCallNumber.UMOUNT2, target, 0);
            }
        }
    }

    @Test
    void removesTreesAndLinksButNotTheirTargets(Instance instance) throws IOException {
        Path host = host(instance);
        try (InRoot root = InRoot.open(root(instance))) {
            root.makeFolders("/a/b/c/d", 0755, 0, 0).close();
            Files.createSymbolicLink(root(instance).resolve("a/b/out"), host);
            root.replace("/a/b/file", bytes("x"), 0400, 0, 0);
            root.removeAll("/a");
            root.removeAll("/a");
            root.removeAll("/none/at/all");
            assertThat(root.list("/")).isEmpty();
        }
        assertThat(host).isDirectoryContaining("glob:**/secret");
    }

    @Test
    void copiesTreesExactly(Instance instance) throws IOException {
        Path from = Files.createDirectories(root(instance).resolve("from"));
        Path to = Files.createDirectories(root(instance).resolve("to"));
        try (InRoot source = InRoot.open(from);
                InRoot target = InRoot.open(to)) {
            source.makeFolders("/top/sub", 01770, 11, 12).close();
            source.replace("/top/one", bytes("content"), 06711, 13, 14);
            source.link("/top/one", "/top/sub/two");
            source.symlink("/etc/shadow", "/top/link");
            source.chown("/top/link", 15, 16, LastLink.KEEP);
            source.makeSpecial("/top/zero", FileType.CHARACTER_DEVICE, 0604, new FileStatus.DeviceNumber(1, 5));
            try (OpenFile file = source.place("/top/one", LastLink.KEEP)) {
                file.setAttribute("user.mark", new byte[] {0, (byte) 0xff, 1});
            }
            source.setModified("/top/one", Instant.ofEpochSecond(1000, 5), LastLink.KEEP);
            source.setModified("/top", Instant.ofEpochSecond(2000, 7), LastLink.KEEP);
            target.replace("/kept", bytes("there before"), 0600, 0, 0);
            target.replace("/link-was-here", bytes(""), 0600, 0, 0);

            try (Folder a = source.folder("/");
                    Folder b = target.folder("/")) {
                new TreeCopy(TreeCopy.Options.EXACT).contents(a, b);
            }

            for (String path : List.of("/top", "/top/sub", "/top/one", "/top/link", "/top/zero")) {
                FileStatus expected = source.status(path, LastLink.KEEP);
                assertThat(target.status(path, LastLink.KEEP))
                        .as(path)
                        .usingRecursiveComparison()
                        .ignoringFields("inode", "sizeBytes")
                        .ignoringExpectedNullFields()
                        .isEqualTo(expected);
            }
            assertThat(target.status("/top/one", LastLink.KEEP).inode())
                    .isEqualTo(target.status("/top/sub/two", LastLink.KEEP).inode());
            try (OpenFile file = target.place("/top/one", LastLink.KEEP)) {
                assertThat(file.attribute("user.mark").orElseThrow()).containsExactly(0, 0xff, 1);
            }
            source.replace("/top/one", bytes("newer"), 0600, 0, 0);
            try (Folder a = source.folder("/");
                    Folder b = target.folder("/")) {
                new TreeCopy(TreeCopy.Options.EXACT).contents(a, b);
            }
            assertThat(target.readText("/top/sub/two", 100)).contains("content");
            assertThat(target.readText("/top/one", 100)).contains("newer");
            assertThat(target.readText("/kept", 100)).contains("there before");
        }
    }

    @Test
    void copyHasItsOwnerAndLeavesOutWhatIsNotWanted(Instance instance) throws IOException {
        Path from = Files.createDirectories(root(instance).resolve("from"));
        Path to = Files.createDirectories(root(instance).resolve("to"));
        try (InRoot source = InRoot.open(from);
                InRoot target = InRoot.open(to)) {
            source.makeFolders("/a/skip", 0755, 0, 0).close();
            source.replace("/a/file", bytes("x"), 0600, 0, 0);
            TreeCopy.Options options = new TreeCopy.Options(
                    Optional.of(new TreeCopy.Owner(3, 4)), false, (path, type) -> !path.equals("copy/skip"));
            try (Folder a = source.folder("/");
                    Folder b = target.folder("/")) {
                new TreeCopy(options).entry(a, "a", b, "copy");
            }
            assertThat(target.status("/copy/file", LastLink.KEEP).gid()).isEqualTo(4);
            assertThat(target.find("/copy/skip", LastLink.KEEP)).isEmpty();
        }
    }

    @Test
    void copyNeverFollowsALinkOfTheTarget(Instance instance) throws IOException {
        Path host = host(instance);
        Path from = Files.createDirectories(root(instance).resolve("from/etc"));
        Path to = Files.createDirectories(root(instance).resolve("to"));
        Files.writeString(from.resolve("secret"), "evil");
        Files.createSymbolicLink(to.resolve("etc"), host);
        try (InRoot source = InRoot.open(from.resolveSibling("."));
                InRoot target = InRoot.open(to);
                Folder a = source.folder("/");
                Folder b = target.folder("/")) {
            assertThatThrownBy(() -> new TreeCopy(TreeCopy.Options.EXACT).contents(a, b))
                    .isInstanceOf(SystemCallException.class);
        }
        assertThat(Files.readString(host.resolve("secret"))).isEqualTo("untouched");
    }

    @Test
    void mergedRootShowsLayersAndTakesChanges(Instance instance) throws IOException {
        Path base = root(instance);
        Path low = Files.createDirectories(base.resolve("low"));
        Path high = Files.createDirectories(base.resolve("high"));
        Path upper = Files.createDirectories(base.resolve("upper"));
        Path work = Files.createDirectories(base.resolve("work"));
        Files.createDirectories(low.resolve("usr/bin"));
        Files.createSymbolicLink(low.resolve("bin"), Path.of("usr/bin"));
        Files.writeString(high.resolve("file"), "of high");
        Files.writeString(low.resolve("file"), "of low");
        try (InRoot root = MergedRoot.mount(List.of(high, low), Optional.empty())) {
            assertThat(root.readText("/file", 100)).contains("of high");
            assertThatThrownBy(() -> root.makeFolder("/new", 0755)).hasMessageContaining("read-only");
        }
        try (InRoot root = MergedRoot.mount(List.of(high, low), Optional.of(new MergedRoot.Changes(upper, work)))) {
            root.replace("/bin/tool", bytes("tool"), 0755, 0, 0);
            root.unlink("/file");
        }
        assertThat(Files.readString(upper.resolve("usr/bin/tool"))).isEqualTo("tool");
        assertThat(low.resolve("file")).exists();
        try (InRoot root = MergedRoot.mount(List.of(upper, high, low), Optional.empty())) {
            assertThat(root.find("/file", LastLink.KEEP)).isEmpty();
        }
    }

    @Test
    void streamsLongContent(Instance instance) throws IOException {
        byte[] content = new byte[1_000_000];
        new java.util.Random(3).nextBytes(content);
        try (InRoot root = InRoot.open(root(instance));
                OpenFile file = root.create("/long", 0600);
                OutputStream output = file.output()) {
            output.write(content);
            assertThat(root.readAll("/long", content.length)).isEqualTo(content);
        }
    }

    /** Exchanges the folder and the link to the host, so that both names are always there. */
    private static void swap(Path folder, AtomicBoolean done) {
        try (Arena arena = Arena.ofConfined()) {
            long swap =
                    SystemCalls.text(arena, folder.resolve("swap").toString()).address();
            long link =
                    SystemCalls.text(arena, folder.resolve("link").toString()).address();
            while (!done.get()) {
                SystemCalls.call("exchange", SystemCallNumber.RENAMEAT2, -100, swap, -100, link, RENAME_EXCHANGE);
            }
        }
    }

    private static Path root(Instance instance) throws IOException {
        return Files.createDirectories(instance.root().resolve("rootfs"));
    }

    private static Path host(Instance instance) throws IOException {
        Path host = Files.createDirectories(instance.root().resolve("host"));
        Files.writeString(host.resolve("secret"), "untouched");
        return host;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
