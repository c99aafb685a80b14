package org.berth.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.berth.base.BerthException;
import org.berth.base.Instance;
import org.berth.runtime.ContainerSpec.MountSpec;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/**
 * Races that other runtimes have lost, each by its number: while a container starts, a thread of the
 * host exchanges a part of its root for something else, for a number of starts. The root is a folder of
 * the host and not an overlay, which would see no exchange. A start may be refused; it may not be had.
 */
@KernelTest
class RaceKernelTest {
    private static final int STARTS = 40;
    private static final String PLANTED = "planted";

    /**
     * Seen failing with {@code extra.attach(overlay)} called before {@code roots.enter} in ContainerPlan,
     * on the overlay's descriptor, and with no RESOLVE flag in {@code Script.inRoot}: either alone holds.
     */
    @Test
    void CVE_2021_30465_aTargetSwappedForALinkLeadsNowhere(Instance instance) throws Exception {
        Path victim = victim(instance);
        Path source = Files.createDirectories(instance.root().resolve("source"));
        Files.writeString(source.resolve("mark"), "mounted\n");
        try (Box box = root(instance).mounts(new MountSpec.Bind(source, "/target/mount", false))) {
            Path target = Files.createDirectories(box.upper().resolve("target"));
            Path link = Files.createSymbolicLink(box.upper().resolve("link"), victim);
            race(
                    box,
                    target,
                    link,
                    "cat /target/mount/mark /link/mount/mark 2>/dev/null; cat /target/secret /link/secret",
                    output -> assertThat(output).doesNotContain(PLANTED));
        }
        assertThat(victim.toFile().list()).containsExactly("secret");
    }

    /** Seen failing as the test of CVE-2021-30465 above: the folders were made in the host's. */
    @Test
    void CVE_2024_45310_noFolderIsMadeBehindASwappedLink(Instance instance) throws Exception {
        Path victim = victim(instance);
        Path source = Files.createDirectories(instance.root().resolve("source"));
        Path file = Files.writeString(source.resolve("mark"), "mounted\n");
        try (Box box = root(instance)
                .mounts(
                        new MountSpec.Bind(source, "/target/deep/er", false),
                        new MountSpec.Bind(file, "/target/deep/file", false))) {
            Path target = Files.createDirectories(box.upper().resolve("target"));
            Path link = Files.createSymbolicLink(box.upper().resolve("link"), victim);
            race(box, target, link, "true", output -> {});
        }
        assertThat(victim.toFile().list()).containsExactly("secret");
    }

    /** Seen failing with links allowed in {@code Script.attachStandard}: /proc was what the image had planted. */
    @Test
    void CVE_2023_27561_aProcSwappedForALinkIsProcOrRefused(Instance instance) throws Exception {
        try (Box box = root(instance)) {
            Path proc = Files.createDirectories(box.upper().resolve("proc"));
            Files.writeString(proc.resolve("version"), PLANTED);
            Files.createDirectories(box.upper().resolve("etc/elsewhere"));
            Path link = Files.createSymbolicLink(box.upper().resolve("link"), Path.of("/etc/elsewhere"));
            race(
                    box,
                    proc,
                    link,
                    "cat /proc/version /link/version",
                    output -> assertThat(output).doesNotContain(PLANTED));
        }
    }

    /**
     * Seen failing with links allowed in {@code Script.attachStandard} and the cover of {@code Masks.write}
     * opened as /dev/null in the root: the masks were the image's file.
     */
    @Test
    void CVE_2025_31133_masksAreTheNullDeviceThoughDevIsSwapped(Instance instance) throws Exception {
        try (Box box = root(instance)) {
            Path link = plantDev(box);
            race(
                    box,
                    box.upper().resolve("dev"),
                    link,
                    "stat -c '%F %t:%T' /proc/keys /proc/timer_list",
                    output -> assertThat(output.lines()).hasSize(2).allMatch("character special file 1:3"::equals));
        }
    }

    /**
     * Seen failing with {@code Masks.open} looking in the root for the whole path: it passed the masks over
     * while another folder was in the place of /proc.
     */
    @Test
    void CVE_2025_31133_masksAreOnTheProcThatIsMountedWhereverItIs(Instance instance) throws Exception {
        try (Box box = root(instance)) {
            Path proc = Files.createDirectories(box.upper().resolve("proc"));
            Path other = Files.createDirectories(box.upper().resolve("other"));
            race(
                    box,
                    proc,
                    other,
                    "for p in /proc /other; do for f in keys timer_list kcore; do "
                            + "[ -e $p/$f ] && stat -c '%F %t:%T' $p/$f; done; done; true",
                    output -> assertThat(output.lines()).allMatch("character special file 1:3"::equals));
        }
    }

    /**
     * Seen failing with links allowed in {@code Script.attachStandard} and, in {@code attachConsole}, the
     * copy made of what /dev/pts/0 is in the root, not of the terminal's descriptor.
     */
    @Test
    void CVE_2025_52565_theConsoleIsTheTerminalThoughDevIsSwapped(Instance instance) throws Exception {
        try (Box box = root(instance).terminal()) {
            Path link = plantDev(box);
            race(
                    box,
                    box.upper().resolve("dev"),
                    link,
                    "for c in /dev/console /link/console; do [ -e $c ] && stat -L -c 'is %t:%T' $c; done; true",
                    output -> assertThat(output.lines().filter(line -> line.startsWith("is ")))
                            .allMatch("is 88:0"::equals));
        }
    }

    /**
     * Seen failing with {@code openPorts} after the attaching, through /proc of the root, and links allowed in
     * {@code Script.attachStandard}: the file that a link led to was written.
     */
    @Test
    void CVE_2025_52881_settingsAreWrittenToProcOnlyThoughItIsSwapped(Instance instance) throws Exception {
        Path pattern = Path.of("/proc/sys/kernel/core_pattern");
        String before = Files.readString(pattern);
        try (Box box = root(instance)) {
            Path settings = Files.createDirectories(box.upper().resolve("proc/sys/net/ipv4"));
            Path planted = box.upper().resolve("etc/planted");
            Files.writeString(planted, PLANTED);
            for (String name : new String[] {"ip_unprivileged_port_start", "ping_group_range"}) {
                Files.createSymbolicLink(settings.resolve(name), Path.of("/etc/planted"));
            }
            Files.createDirectories(box.upper().resolve("etc/elsewhere"));
            Path link = Files.createSymbolicLink(box.upper().resolve("link"), Path.of("/etc/elsewhere"));
            race(
                    box,
                    box.upper().resolve("proc"),
                    link,
                    "cat /proc/sys/net/ipv4/ip_unprivileged_port_start",
                    output -> assertThat(output).isIn("0\n", ""));
            assertThat(Files.readString(planted)).isEqualTo(PLANTED);
        }
        assertThat(Files.readString(pattern)).isEqualTo(before);
    }

    private static Box root(Instance instance) throws IOException, InterruptedException {
        return new Box(instance).folderRoot("sh", "cat", "stat", "true");
    }

    private static Path victim(Instance instance) throws IOException {
        Path victim = Files.createDirectories(instance.root().resolve("victim"));
        Files.writeString(victim.resolve("secret"), PLANTED);
        return victim;
    }

    /** A /dev whose every name leads to a file of the image, and a link to exchange it for. */
    private static Path plantDev(Box box) throws IOException {
        Path pts = Files.createDirectories(box.upper().resolve("dev/pts"));
        Files.writeString(box.upper().resolve("etc/passwd"), PLANTED);
        for (Path name : new Path[] {pts.resolve("0"), pts.resolveSibling("null"), pts.resolveSibling("console")}) {
            Files.createSymbolicLink(name, Path.of("/etc/passwd"));
        }
        for (String folder : new String[] {"shm", "mqueue"}) {
            Files.createDirectories(pts.resolveSibling(folder));
        }
        Files.createDirectories(box.upper().resolve("etc/elsewhere"));
        return Files.createSymbolicLink(box.upper().resolve("link"), Path.of("/etc/elsewhere"));
    }

    /** Starts it again and again while the two are exchanged; both outcomes have to come up. */
    private static void race(Box box, Path one, Path other, String script, Consumer<String> check) throws IOException {
        int ran = 0;
        try (Swapper swapper = new Swapper(one, other)) {
            for (int start = 0; start < STARTS; start++) {
                try {
                    box.run(script);
                    ran++;
                    check.accept(box.output());
                } catch (BerthException e) {
                    // refused, which is as good: its message names the step
                    assertThat(e).hasMessageMatching("(?s).*(symbolic link|mount on |not a directory|no such file).*");
                }
                box.runtime.delete(Box.ID);
                Files.deleteIfExists(box.log);
            }
            assertThat(swapper.swaps()).isGreaterThan(STARTS);
        }
        assertThat(ran).as("starts that were not refused").isPositive();
    }
}
