package org.berth.image.debian;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DpkgRecordsTest {
    private static final AptSource SOURCE = AptSource.main(URI.create("http://mirror.example/debian"), "bookworm");

    private static RootFiller.Unpacked unpacked(TestPackage one, Map<String, String> hashes) throws IOException {
        return new RootFiller.Unpacked(
                one.entry(SOURCE), DebFile.read(one.bytes()).control(), List.of("/.", "/usr"), hashes);
    }

    @Test
    void recordsWhatIsUnpacked() throws IOException {
        String status = DpkgRecords.status(List.of(
                unpacked(
                        new TestPackage("tool", "1:2-3", "Depends: libc"),
                        Map.of("/etc/tool.conf", "5d41", "/etc/a.conf", "9a0b")),
                unpacked(new TestPackage("libc", "1"), Map.of())));
        assertThat(status).isEqualTo("""
                        Package: tool
                        Version: 1:2-3
                        Architecture: amd64
                        Maintainer: me <me@x>
                        Depends: libc
                        Description: tool
                        Status: install ok unpacked
                        Conffiles:
                         /etc/a.conf 9a0b
                         /etc/tool.conf 5d41

                        Package: libc
                        Version: 1
                        Architecture: amd64
                        Maintainer: me <me@x>
                        Description: libc
                        Status: install ok unpacked

                        """);
    }

    @Test
    void namesTheArchitectureOfWhatMayBeThereForSeveral() throws IOException {
        assertThat(DpkgRecords.recordName(unpacked(new TestPackage("libc", "1", "Multi-Arch: same"), Map.of())))
                .isEqualTo("libc:amd64");
        assertThat(DpkgRecords.recordName(unpacked(new TestPackage("tool", "1", "Multi-Arch: foreign"), Map.of())))
                .isEqualTo("tool");
    }

    @Test
    void notesWhoIsInterestedInWhat() throws IOException {
        Map<String, String> triggers = DpkgRecords.triggers(List.of(
                unpacked(
                        new TestPackage("libc-bin", "1")
                                .control("triggers", "# a comment\ninterest-noawait ldconfig # another\n"),
                        Map.of()),
                unpacked(
                        new TestPackage("shells", "1", "Multi-Arch: same")
                                .control("triggers", "interest /usr/share/shells.d\ninterest-await ldconfig\n"),
                        Map.of()),
                unpacked(new TestPackage("lib", "1").control("triggers", "activate-noawait ldconfig\n"), Map.of()),
                unpacked(
                        new TestPackage("man", "1").control("triggers", "interest-noawait /usr/share/man\n"),
                        Map.of())));
        assertThat(triggers)
                .containsOnly(
                        Map.entry("ldconfig", "libc-bin/noawait\nshells:amd64\n"),
                        Map.entry("File", "/usr/share/shells.d shells:amd64\n/usr/share/man man/noawait\n"));
    }
}
