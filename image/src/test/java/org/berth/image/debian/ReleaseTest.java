package org.berth.image.debian;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.berth.base.BerthException;
import org.junit.jupiter.api.Test;

class ReleaseTest {
    private static final AptSource SOURCE = AptSource.main(URI.create("http://mirror.example/debian"), "bookworm");
    private static final String HASH = "0123456789abcdef".repeat(4);
    private static final String TEXT = """
            Origin: Debian
            Suite: oldstable
            Codename: bookworm
            Date: Sat, 11 Jul 2026 10:16:37 UTC
            Valid-Until: Sat, 18 Jul 2026 10:16:37 UTC
            Acquire-By-Hash: yes
            Architectures: all amd64 arm64
            SHA256:
             %s  1484322 main/binary-amd64/Packages
             %s    98581 main/binary-amd64/Packages.xz
            """.formatted(HASH, HASH);
    private static final Instant DATE = Instant.parse("2026-07-11T10:16:37Z");

    private static Release parse(String text) {
        return Release.parse(text, SOURCE);
    }

    private static void assertRefused(String text, Instant now, String reason) {
        assertThatThrownBy(() -> parse(text).check(SOURCE, now))
                .isInstanceOf(BerthException.class)
                .hasMessageStartingWith("the Release file of bookworm at http://mirror.example/debian ")
                .hasMessageContaining(reason);
    }

    @Test
    void readsWhatItSays() {
        Release release = parse(TEXT);
        assertThat(release.codename()).isEqualTo("bookworm");
        assertThat(release.date()).isEqualTo(DATE);
        assertThat(release.byHash()).isTrue();
        assertThat(release.files())
                .hasSize(2)
                .containsEntry("main/binary-amd64/Packages.xz", new Release.FileDigest(98581, HASH));
        assertThatCode(() -> release.check(SOURCE, DATE.plus(Duration.ofDays(7))))
                .doesNotThrowAnyException();
    }

    @Test
    void goesByTheArchivesNameForTheSuiteToo() {
        assertThatCode(() -> parse(TEXT).check(SOURCE.withSuite("oldstable"), DATE))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> parse(TEXT).check(SOURCE.withSuite("trixie"), DATE))
                .hasMessageContaining("is for bookworm (oldstable)");
    }

    @Test
    void refusesAnOutdatedFile() {
        assertRefused(TEXT, DATE.plus(Duration.ofDays(7)).plusSeconds(1), "was valid until 2026-07-18T10:16:37Z");
        assertThatCode(() ->
                        parse(TEXT.replaceAll("Valid-Until.*\n", "")).check(SOURCE, DATE.plus(Duration.ofDays(900))))
                .doesNotThrowAnyException();
    }

    @Test
    void takesAnOldFileWhereTheHostWantsIt() {
        AptSource old = new AptSource(SOURCE.address(), "bookworm", List.of("main"), true);
        assertThatCode(() -> Release.parse(TEXT, old).check(old, DATE.plus(Duration.ofDays(900))))
                .doesNotThrowAnyException();
    }

    @Test
    void refusesAFileFromTheFuture() {
        assertRefused(TEXT, DATE.minus(Duration.ofHours(1)), "is from the future");
    }

    @Test
    void refusesAnotherArchive() {
        assertRefused(TEXT.replace("Origin: Debian", "Origin: Elsewhere"), DATE, "is of 'Elsewhere'");
    }

    @Test
    void refusesWhatIsNoReleaseFile() {
        assertRefused("", DATE, "has 0 paragraphs");
        assertRefused(TEXT + "\n" + TEXT, DATE, "has 2 paragraphs");
        assertRefused(TEXT.replace("Sat, 11 Jul 2026", "yesterday"), DATE, "has the date");
        assertRefused(TEXT.replace(" 1484322 ", " many "), DATE, "has the SHA256 line");
        assertRefused(TEXT.replace(HASH, "short"), DATE, "has the SHA256 line");
    }
}
