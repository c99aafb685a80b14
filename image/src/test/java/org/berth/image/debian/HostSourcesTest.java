package org.berth.image.debian;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostSourcesTest {
    @Test
    void readsOneLineSources() {
        String text = """
                # deb http://commented.example/debian bookworm main
                deb http://mirror.example/debian bookworm main contrib # why
                deb [arch=arm64,amd64 signed-by=/usr/share/keyrings/x.gpg] https://other.example/debian/ trixie main
                deb [ arch=arm64 ] http://arm.example/debian bookworm main
                deb-src http://source.example/debian bookworm main
                deb cdrom:[Debian]/ bookworm main
                deb http://flat.example/packages ./
                deb http://flat.example/packages folder/ main
                deb file:/srv/mirror sid main
                """;
        assertThat(HostSources.parseLines(text, "amd64"))
                .extracting(AptSource::line)
                .containsExactly(
                        "deb http://mirror.example/debian bookworm main contrib",
                        "deb https://other.example/debian trixie main",
                        "deb file:/srv/mirror sid main");
    }

    @Test
    void readsStanzas() {
        String text = """
                # the archive
                Types: deb deb-src
                URIs: http://one.example/debian http://two.example/debian/
                Suites: bookworm bookworm-updates
                Components: main
                # with a comment inside
                 non-free-firmware
                Signed-By:
                 -----BEGIN PGP PUBLIC KEY BLOCK-----
                 .
                 mQINBF
                 -----END PGP PUBLIC KEY BLOCK-----

                Types: deb
                Enabled: no
                URIs: http://off.example/debian
                Suites: bookworm
                Components: main


                types: deb
                uris: http://arm.example/debian
                suites: bookworm
                components: main
                architectures: arm64

                Types: deb-src
                URIs: http://source.example/debian
                Suites: bookworm
                Components: main
                """;
        assertThat(HostSources.parseStanzas(text, "amd64"))
                .extracting(AptSource::line)
                .containsExactly(
                        "deb http://one.example/debian bookworm main non-free-firmware",
                        "deb http://one.example/debian bookworm-updates main non-free-firmware",
                        "deb http://two.example/debian bookworm main non-free-firmware",
                        "deb http://two.example/debian bookworm-updates main non-free-firmware");
    }

    @Test
    void knowsWhichMayBeOld() {
        assertThat(HostSources.parseLines("""
                        deb [check-valid-until=no] http://old.example/debian bookworm main
                        deb [check-valid-until=yes] http://new.example/debian bookworm main
                        """, "amd64"))
                .extracting(AptSource::mayBeOld)
                .containsExactly(true, false);
        assertThat(HostSources.parseStanzas("""
                        Types: deb
                        URIs: http://old.example/debian
                        Suites: bookworm
                        Components: main
                        Check-Valid-Until: no
                        """, "amd64"))
                .extracting(AptSource::mayBeOld)
                .containsExactly(true);
    }

    @Test
    void readsTheFilesInAptsOrder(@TempDir Path host) throws IOException {
        Path parts = Files.createDirectories(host.resolve("etc/apt/sources.list.d"));
        Files.writeString(host.resolve("etc/apt/sources.list"), "deb http://first.example/debian bookworm main\n");
        Files.writeString(parts.resolve("b.list"), "deb http://third.example/debian bookworm main\n");
        Files.writeString(
                parts.resolve("a.sources"),
                "Types: deb\nURIs: http://second.example/debian\nSuites: bookworm\nComponents: main\n");
        Files.writeString(parts.resolve("c.list.save"), "deb http://never.example/debian bookworm main\n");
        assertThat(HostSources.read(host, "amd64"))
                .extracting(source -> source.address().getHost())
                .containsExactly("first.example", "second.example", "third.example");
    }

    @Test
    void isEmptyOnAHostWithoutApt(@TempDir Path host) {
        assertThat(HostSources.read(host, "amd64")).isEmpty();
    }

    @Test
    void leavesPasswordsOutOfWhatIsWrittenDown() {
        AptSource source = HostSources.parseLines("deb https://me:secret@mirror.example/debian sid main", "amd64")
                .getFirst();
        assertThat(source.line()).isEqualTo("deb https://mirror.example/debian sid main");
        assertThat(source).hasToString("sid at https://mirror.example/debian");
    }
}
