package org.berth.image.debian;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.image.Reference;
import org.berth.image.RootRunner;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** From small archives made on the spot, with a runner that only writes down what it is asked to run. */
@KernelTest
class DebianBootstrapTest {
    private static final Reference BOOKWORM = new Reference("docker.io", "library/debian", "bookworm", "");
    private static TestKey key;

    @BeforeAll
    static void makeKey() {
        key = TestKey.make(Instant.now().minusSeconds(1000), Optional.empty());
    }

    /** Writes down what it is asked to run, and what it finds in the root at that time. */
    private static final class Recorder implements RootRunner {
        private final List<String> ran = new ArrayList<>();
        private final List<String> environments = new ArrayList<>();
        private final List<String> found = new ArrayList<>();
        private int exitCode;

        @Override
        public int run(Path root, List<String> arguments, List<String> environment, Consumer<String> output) {
            ran.add(String.join(" ", arguments));
            environments.add(String.join(" ", environment));
            for (String path : List.of("var/lib/dpkg/tmp.ci/control", "usr/sbin/policy-rc.d")) {
                if (Files.exists(root.resolve(path))) {
                    found.add(path);
                }
            }
            output.accept("Setting up everything ...");
            output.accept("it went wrong here");
            try {
                Files.writeString(root.resolve("var/log/dpkg.log"), "today");
                Files.writeString(root.resolve("tmp/left"), "x");
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
            return exitCode;
        }
    }

    /** A host with a keyring and an archive; a root to fill. */
    private record Setting(Path host, TestArchive archive, Path root, Recorder runner) {
        static Setting make(Instance instance) throws IOException {
            Path host = instance.root().resolve("host");
            Path keyring = host.resolve("usr/share/keyrings/debian-archive-keyring.gpg");
            Files.createDirectories(keyring.resolveSibling("."));
            Files.write(keyring, key.ring());
            Path archive = Files.createDirectories(instance.root().resolve("archive"));
            Path root = Files.createDirectories(instance.root().resolve("new"));
            Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx------"));
            Setting setting = new Setting(host, new TestArchive(archive, key), root, new Recorder());
            setting.archive.suite("bookworm", packages("1"), Instant.now());
            return setting;
        }

        static List<TestPackage> packages(String version) {
            return List.of(
                    new TestPackage("base-files", version, "Essential: yes", "Priority: required")
                            .folder("./var/log/", 0755)
                            .folder("./tmp/", 01777)
                            .folder("./run/lock/", 01777)
                            .file("./bin/tool", 0755, "tool"),
                    new TestPackage("dpkg", version, "Essential: yes", "Depends: libc")
                            .control("preinst", "#!/bin/sh\n"),
                    new TestPackage("libc", version, "Multi-Arch: same")
                            .control("preinst", "#!/bin/sh\n")
                            .file("./lib/libc.so", 0644, "libc"),
                    new TestPackage("apt", version, "Depends: gpgv").folder("./etc/apt/", 0755),
                    new TestPackage("gpgv", version));
        }

        void bootstrap(Map<String, String> environment) {
            bootstrap(environment, BOOKWORM);
        }

        void bootstrap(Map<String, String> environment, Reference reference) {
            new DebianBootstrap(environment, runner, Clock.systemUTC(), host)
                    .bootstrap(reference, root, Progress.SILENT);
        }

        void bootstrap() {
            bootstrap(Map.of("BERTH_DEBIAN_MIRROR", archive.address()));
        }

        String text(String path) throws IOException {
            return Files.readString(root.resolve(path));
        }

        void hostSources(String text) throws IOException {
            Files.createDirectories(host.resolve("etc/apt"));
            Files.writeString(host.resolve("etc/apt/sources.list"), text);
        }
    }

    @Test
    void fillsTheRootAndHasItConfigured(Instance instance) throws IOException {
        Setting setting = Setting.make(instance);
        setting.bootstrap();
        assertThat(Files.getPosixFilePermissions(setting.root)).isEqualTo(PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThat(setting.root.resolve("bin")).isSymbolicLink();
        assertThat(setting.text("usr/bin/tool")).isEqualTo("tool");
        assertThat(setting.text("usr/lib/libc.so")).isEqualTo("libc");
        assertThat(setting.runner.ran)
                .containsExactly(
                        "/var/lib/dpkg/tmp.ci/preinst install",
                        "/var/lib/dpkg/tmp.ci/preinst install",
                        "/usr/bin/dpkg --force-unsafe-io --configure --pending");
        assertThat(setting.runner.environments.getFirst())
                .contains("DPKG_MAINTSCRIPT_PACKAGE=libc ", "DPKG_RUNNING_VERSION=1", "DEBIAN_FRONTEND=noninteractive");
        assertThat(setting.runner.found).contains("var/lib/dpkg/tmp.ci/control", "usr/sbin/policy-rc.d");
        assertThat(setting.text("var/lib/dpkg/status")).contains("Package: gpgv\n", "Status: install ok unpacked\n");
        assertThat(setting.text("var/lib/dpkg/info/libc:amd64.list")).isEqualTo("/.\n/lib/libc.so\n");
    }

    @Test
    void leavesNothingOfItsWorkBehind(Instance instance) throws IOException {
        Setting setting = Setting.make(instance);
        setting.bootstrap();
        for (String path : List.of(
                "var/lib/dpkg/tmp.ci", "usr/sbin/policy-rc.d", "var/log/dpkg.log", "tmp/left", "etc/resolv.conf")) {
            assertThat(setting.root.resolve(path)).doesNotExist();
        }
        assertThat(setting.root.resolve("run/lock")).isDirectory();
    }

    @Test
    void leavesAptReadyToWork(Instance instance) throws IOException {
        Setting setting = Setting.make(instance);
        setting.bootstrap();
        String address = setting.archive.address();
        assertThat(setting.text("etc/apt/sources.list"))
                .isEqualTo("deb " + address.substring(0, address.length() - 1) + " bookworm main\n");
        assertThat(setting.text("var/lib/apt/extended_states"))
                .isEqualTo("Package: gpgv\nArchitecture: amd64\nAuto-Installed: 1\n\n");
        assertThat(Files.getAttribute(setting.root.resolve("var/lib/apt/lists/partial"), "unix:uid"))
                .isEqualTo(42);
    }

    @Test
    void takesTheHostsSuitesTogether(Instance instance) throws IOException {
        Setting setting = Setting.make(instance);
        setting.archive.suite("bookworm-security", Setting.packages("2").subList(4, 5), Instant.now());
        String address = setting.archive.address().replaceFirst("/$", "");
        setting.hostSources("deb " + address + " bookworm main\ndeb " + address + " bookworm-security main contrib\n");
        setting.bootstrap(Map.of());
        assertThat(setting.text("etc/apt/sources.list"))
                .isEqualTo("deb " + address + " bookworm main\ndeb " + address + " bookworm-security main\n");
        assertThat(setting.text("var/lib/dpkg/status")).contains("Package: gpgv\nVersion: 2\n");
    }

    @Test
    void refusesToGoWithoutASuiteOfTheHost(Instance instance) throws IOException {
        Setting setting = Setting.make(instance);
        String address = setting.archive.address().replaceFirst("/$", "");
        setting.hostSources("deb " + address + " bookworm main\ndeb " + address + " bookworm-security main\n");
        assertThatThrownBy(() -> setting.bootstrap(Map.of()))
                .isInstanceOf(BerthException.class)
                .hasMessage("there is no suite bookworm-security at " + address);
    }

    @Test
    void makesAnotherReleaseFromTheHostsPlaces(Instance instance) throws IOException {
        Setting setting = Setting.make(instance);
        setting.archive.suite("trixie", Setting.packages("3"), Instant.now());
        String address = setting.archive.address().replaceFirst("/$", "");
        setting.hostSources("deb " + address + " bookworm main\ndeb " + address + " bookworm-security main\n");
        setting.bootstrap(Map.of(), new Reference("docker.io", "library/debian", "13", ""));
        assertThat(setting.text("etc/apt/sources.list")).isEqualTo("deb " + address + " trixie main\n");
    }

    @Test
    void passesOverAPlaceThatIsNotTheArchive(Instance instance) throws IOException {
        Setting setting = Setting.make(instance);
        Path other = Files.createDirectories(instance.root().resolve("other"));
        new TestArchive(other, TestKey.make(Instant.now().minusSeconds(9), Optional.empty()))
                .suite("bookworm", Setting.packages("666"), Instant.now());
        String address = setting.archive.address().replaceFirst("/$", "");
        setting.hostSources("deb file:" + other + " bookworm main\ndeb " + address + " bookworm main\n");
        setting.bootstrap(Map.of());
        assertThat(setting.text("etc/apt/sources.list")).isEqualTo("deb " + address + " bookworm main\n");
        assertThat(setting.text("var/lib/dpkg/status")).doesNotContain("666");
    }

    @Test
    void goesByADetachedSignatureToo(Instance instance) throws IOException {
        Setting setting = Setting.make(instance);
        Files.delete(setting.archive.file("dists/bookworm/InRelease"));
        setting.bootstrap();
        assertThat(setting.text("usr/bin/tool")).isEqualTo("tool");
    }

    @Test
    void refusesAnUnsignedArchive(Instance instance) throws IOException {
        Setting setting = Setting.make(instance);
        Files.delete(setting.archive.file("dists/bookworm/InRelease"));
        Files.delete(setting.archive.file("dists/bookworm/Release.gpg"));
        assertThatThrownBy(setting::bootstrap)
                .isInstanceOf(BerthException.class)
                .hasMessageContaining("is not signed");
        assertThat(setting.root).isEmptyDirectory();
    }

    @Test
    void refusesAChangedIndexAndAChangedPackage(Instance instance) throws IOException {
        Setting setting = Setting.make(instance);
        String path = Setting.packages("1").getFirst().path();
        byte[] good = Files.readAllBytes(setting.archive.file(path));
        byte[] bad = good.clone();
        bad[bad.length - 1] ^= 1;
        Files.write(setting.archive.file(path), bad);
        assertThatThrownBy(setting::bootstrap)
                .isInstanceOf(BerthException.class)
                .hasMessageContaining(path)
                .hasMessageContaining("were signed");
        assertThat(setting.runner.ran).isEmpty();
        Files.write(setting.archive.file(path), good);
        Files.write(setting.archive.file("dists/bookworm/main/binary-amd64/Packages.gz"), new byte[] {1});
        assertThatThrownBy(setting::bootstrap)
                .isInstanceOf(BerthException.class)
                .hasMessageContaining("Packages.gz")
                .hasMessageContaining("were signed");
    }

    @Test
    void tellsWhatAScriptSaidBeforeItFailed(Instance instance) throws IOException {
        Setting setting = Setting.make(instance);
        setting.runner.exitCode = 3;
        assertThatThrownBy(setting::bootstrap)
                .isInstanceOfSatisfying(
                        BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FAILED))
                .hasMessageContaining("tmp.ci/preinst install ended with exit code 3")
                .hasMessageContaining("the package libc 1")
                .hasMessageEndingWith("it went wrong here");
    }

    @Test
    void saysHowToNameAMirror(Instance instance) throws IOException {
        Setting setting = Setting.make(instance);
        assertThatThrownBy(() -> setting.bootstrap(Map.of()))
                .isInstanceOf(BerthException.class)
                .hasMessageContaining("set BERTH_DEBIAN_MIRROR");
    }

    @Test
    void knowsWhatItCanMake() {
        DebianBootstrap bootstrap = new DebianBootstrap(Map.of(), new Recorder(), Clock.systemUTC());
        for (String tag : List.of("bookworm", "trixie", "12", "latest", "stable", "sid")) {
            assertThat(bootstrap.supports(new Reference("docker.io", "library/debian", tag, "")))
                    .isTrue();
        }
        assertThat(bootstrap.supports(new Reference("docker.io", "library/debian", "bookworm-slim", "")))
                .isFalse();
        assertThat(bootstrap.supports(new Reference("docker.io", "library/debian", "bookworm", "sha256:00")))
                .isFalse();
        assertThat(bootstrap.supports(new Reference("docker.io", "library/ubuntu", "latest", "")))
                .isFalse();
        assertThat(bootstrap.supports(new Reference("registry.example", "library/debian", "bookworm", "")))
                .isFalse();
    }
}
