package org.berth.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.Set;
import org.berth.base.Instance;
import org.berth.runtime.ContainerRuntime.Output;
import org.berth.runtime.ContainerSpec.MountSpec;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** Escapes that other runtimes have shipped, each by its number, tried on ours. */
@KernelTest
class EscapeKernelTest {
    private static final int JOINS = 60;

    /** Seen failing without RESOLVE_NO_MAGICLINKS in {@code Script.withoutMagicLinks}. */
    @Test
    void CVE_2019_5736_theLaunchProgramItselfCanNotBeTheEntrypoint(Instance instance) {
        try (Box box = new Box(instance)) {
            assertThatThrownBy(() -> launch(box, "/proc/self/exe"))
                    .hasMessage("exec: \"/proc/self/exe\": too many levels of symbolic links");
            box.environment("PATH=/proc/self:/usr/bin");
            assertThatThrownBy(() -> launch(box, "exe"))
                    .hasMessage("exec: \"/proc/self/exe\": too many levels of symbolic links");
        }
    }

    /**
     * A container's root looks for whoever joins it, and tries to have its executable opened.
     *
     * <p>Seen failing with {@code hideMemory} doing nothing: the launch program was opened.
     */
    @Test
    void CVE_2019_5736_theExecutableOfWhoeverJoinsCanNotBeOpened(Instance instance) throws Exception {
        Path java = Path.of("/proc/self/exe").toRealPath();
        byte[] before = digest(java);
        try (Box box = new Box(instance)) {
            box.start("echo ready; while [ ! -e /done ]; do for p in /proc/[0-9]*; do "
                    + "if { command exec 9<$p/exe; } 2>/dev/null; then "
                    + "[ /proc/self/fd/9 -ef /bin/true ] || [ /proc/self/fd/9 -ef /bin/sh ] || "
                    + "echo opened $p $(readlink /proc/self/fd/9); exec 9<&-; fi; "
                    + "{ command exec 8>>$p/exe; } 2>/dev/null && { case $(readlink /proc/self/fd/8) in "
                    // one that has ended meanwhile leaves its own file, which is the container's to write to
                    + "/usr/bin/*) ;; *) echo to be written: $p ;; esac; exec 8<&-; }; done; done");
            box.awaitOutput("ready");
            for (int join = 0; join < JOINS; join++) {
                var joined = box.runtime.exec(
                        Box.ID, "join" + join, box.process("true"), new Output(box.execLog(), Optional.empty()));
                assertThat(Box.await(joined).code()).isZero();
            }
            box.exec(": > /done");
            assertThat(box.output()).isEqualTo("ready\n");
        }
        assertThat(digest(java)).isEqualTo(before);
    }

    private static byte[] digest(Path file) throws Exception {
        return MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
    }

    /** Seen failing without {@code refuseProc} in {@code ExtraMounts.attach}. */
    @Test
    void CVE_2019_16884_aVolumeOnProcIsRefused(Instance instance) throws Exception {
        Path source = Files.createDirectories(instance.root().resolve("source"));
        for (String target : new String[] {"/proc", "/proc/sys", "/link"}) {
            try (Box box = new Box(instance).mounts(new MountSpec.Bind(source, target, false))) {
                Files.createSymbolicLink(box.layer().resolve("link"), Path.of("/proc/self"));
                assertThatThrownBy(() -> launch(box, "true"))
                        .hasMessage("mount on " + target + ": it leads into /proc, which can't be mounted over");
            }
        }
    }

    /** Seen failing with links allowed in {@code Script.attachStandard}. */
    @Test
    void CVE_2019_19921_anImageWhoseProcIsALinkIsRefused(Instance instance) throws Exception {
        for (String folder : new String[] {"proc", "sys", "dev"}) {
            try (Box box = new Box(instance)) {
                Path elsewhere = Files.createDirectories(box.layer().resolve("etc/elsewhere"));
                Files.createSymbolicLink(elsewhere.resolve("../../" + folder).normalize(), Path.of("/etc/elsewhere"));
                assertThatThrownBy(() -> launch(box, "true"))
                        .hasMessageContaining("on /" + folder + ": too many levels of symbolic links");
            }
        }
    }

    /** As above, by way of a mount: /proc leads into a volume, whose owner prepares what is there. */
    @Test
    void CVE_2023_28642_aProcThatLeadsIntoAVolumeIsRefused(Instance instance) throws Exception {
        Path volume = Files.createDirectories(instance.root().resolve("volume"));
        Files.createDirectories(volume.resolve("proc/self/attr"));
        try (Box box = new Box(instance).mounts(new MountSpec.Bind(volume, "/volume", false))) {
            Files.createSymbolicLink(box.layer().resolve("proc"), Path.of("/volume/proc"));
            assertThatThrownBy(() -> launch(box, "true"))
                    .hasMessageContaining("on /proc: too many levels of symbolic links");
        }
    }

    /** Seen failing with links allowed in {@code Script.attachStandard}. */
    @Test
    void CVE_2026_41579_CVE_2026_47766_aDevThatLeadsToTheHostTouchesNothingThere(Instance instance) throws Exception {
        Path victim = Files.createDirectories(instance.root().resolve("victim"));
        Files.writeString(victim.resolve("null"), "precious");
        try (Box box = new Box(instance)) {
            Files.createSymbolicLink(box.layer().resolve("dev"), victim);
            assertThatThrownBy(() -> launch(box, "true")).hasMessageContaining("symbolic links");
            box.terminal();
            assertThatThrownBy(() -> launch(box, "true")).hasMessageContaining("symbolic links");
            assertThat(victim.toFile().list()).containsExactly("null");
            assertThat(Files.readString(victim.resolve("null"))).isEqualTo("precious");
        }
    }

    /** Seen failing as its race: RaceKernelTest. */
    @Test
    void CVE_2021_30465_aTargetThatLeadsOutStaysIn(Instance instance) throws Exception {
        Path source = Files.createDirectories(instance.root().resolve("source"));
        Path victim = Files.createDirectories(instance.root().resolve("victim"));
        Files.writeString(source.resolve("file"), "x");
        try (Box box = new Box(instance)
                .mounts(
                        new MountSpec.Bind(source, "/out/made", false),
                        new MountSpec.Bind(source.resolve("file"), "/up/made.txt", false))) {
            Path layer = box.layer();
            Files.createSymbolicLink(layer.resolve("out"), victim);
            Files.createSymbolicLink(layer.resolve("up"), Path.of("../../../../../../../../" + victim));
            Files.createDirectories(layer.resolve(victim.toString().substring(1)));
            box.run("ls " + victim);
            assertThat(box.output()).isEqualTo("made\nmade.txt\n");
            assertThat(victim.toFile().list()).isEmpty();
        }
    }

    /** Seen failing as its race, RaceKernelTest, and without a RESOLVE flag in InRoot: InRootTest. */
    @Test
    void CVE_2024_45310_foldersAreMadeInTheRootOnly(Instance instance) throws Exception {
        Path source = Files.createDirectories(instance.root().resolve("source"));
        Path victim = instance.root().resolve("victim");
        try (Box box = new Box(instance).mounts(new MountSpec.Bind(source, "/dangling/a/b", false))) {
            Files.createSymbolicLink(box.layer().resolve("dangling"), victim);
            assertThatThrownBy(() -> launch(box, "true")).hasMessageContaining("mount on /dangling/a/b: ");
            assertThat(victim).doesNotExist();
        }
    }

    /** Seen failing with no RESOLVE flag but NO_SYMLINKS in {@code Script.inRoot}. */
    @Test
    void CVE_2024_21626_aWorkingDirectoryBehindADescriptorIsRefused(Instance instance) {
        try (Box box = new Box(instance)) {
            box.start("echo ready; sleep 1000");
            box.awaitOutput("ready");
            for (int number = 0; number < 50; number++) {
                String path = "/proc/self/fd/" + number;
                box.workingDirectory(path);
                // a descriptor that is not open can't be made a folder in /proc either
                assertThatThrownBy(() -> box.exec("true"))
                        .hasMessageStartingWith("change to the working directory " + path + ": ");
            }
            box.runtime.delete(Box.ID);
            for (int number = 0; number < 50; number++) {
                String path = "/proc/self/fd/" + number;
                box.workingDirectory(path);
                assertThatThrownBy(() -> launch(box, "true"))
                        .hasMessageStartingWith("change to the working directory " + path + ": ");
            }
        }
    }

    /** The guard taken out is in RaceKernelTest: whoever changes the image while it starts sees more of it. */
    @Test
    void CVE_2025_31133_masksAreTheNullDeviceWhateverTheImageHas(Instance instance) throws Exception {
        try (Box box = new Box(instance)) {
            Path dev = Files.createDirectories(box.layer().resolve("dev"));
            Files.createSymbolicLink(dev.resolve("null"), Path.of("/etc/passwd"));
            Files.createSymbolicLink(dev.resolve("console"), Path.of("/etc/passwd"));
            box.run("stat -c '%F %t:%T' /dev/null /proc/keys /proc/timer_list");
            assertThat(box.output().lines()).hasSize(3).allMatch(line -> line.equals("character special file 1:3"));
        }
    }

    /** Its race is in RaceKernelTest. */
    @Test
    void CVE_2025_52565_theConsoleIsTheTerminalItself(Instance instance) throws Exception {
        try (Box box = new Box(instance).terminal()) {
            Path pts = Files.createDirectories(box.layer().resolve("dev/pts"));
            Files.createSymbolicLink(pts.resolve("0"), Path.of("/etc/passwd"));
            box.run("stat -c '%t:%T' /dev/console $(tty)");
            assertThat(box.output().lines()).containsExactly("88:0", "88:0");
        }
    }

    /** Seen failing with nothing dropped in {@code Privileges.become} when nothing is kept. */
    @Test
    void youki3434_noCapabilitiesLeaveNothingInTheBoundingSet(Instance instance) {
        try (Box box = new Box(instance).capabilities(new Capabilities(Set.of()))) {
            box.start("grep -E '^Cap' /proc/self/status; echo ready; sleep 1000");
            box.awaitOutput("ready");
            box.exec("grep -E '^Cap' /proc/self/status; echo ready");
            for (String output : new String[] {box.output(), box.execOutput()}) {
                assertThat(output.lines().limit(5)).hasSize(5).allMatch(line -> line.endsWith("\t0000000000000000"));
            }
        }
    }

    private static void launch(Box box, String program) {
        box.runtime.launch(box.spec(program), new Output(box.log, Optional.empty()));
    }
}
