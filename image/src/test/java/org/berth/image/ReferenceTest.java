package org.berth.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Docker's reference grammar: what is accepted, what it means in full, how it is shown. */
class ReferenceTest {
    private static final String HEX = "0123456789abcdef".repeat(4);

    @ParameterizedTest
    @CsvSource({
        "debian, docker.io/library/debian:latest, debian:latest",
        "debian:bookworm, docker.io/library/debian:bookworm, debian:bookworm",
        "library/debian, docker.io/library/debian:latest, debian:latest",
        "docker.io/debian, docker.io/library/debian:latest, debian:latest",
        "index.docker.io/debian, docker.io/library/debian:latest, debian:latest",
        "index.docker.io/me/app, docker.io/me/app:latest, me/app:latest",
        "me/app:1.0, docker.io/me/app:1.0, me/app:1.0",
        "library/a/b, docker.io/library/a/b:latest, library/a/b:latest",
        "localhost/app, localhost/app:latest, localhost/app:latest",
        "localhost:5000/app, localhost:5000/app:latest, localhost:5000/app:latest",
        "127.0.0.1:5000/a/b:c, 127.0.0.1:5000/a/b:c, 127.0.0.1:5000/a/b:c",
        "[::1]:5000/app:x, [::1]:5000/app:x, [::1]:5000/app:x",
        "[2001:db8::1]/app, [2001:db8::1]/app:latest, [2001:db8::1]/app:latest",
        "example.com/app, example.com/app:latest, example.com/app:latest",
        "HOST/app, HOST/app:latest, HOST/app:latest",
        "a_b/c__d/e---f/g.h:T_a.g-1, docker.io/a_b/c__d/e---f/g.h:T_a.g-1, a_b/c__d/e---f/g.h:T_a.g-1",
    })
    void readsAndShows(String text, String full, String familiar) {
        Reference reference = Reference.parse(text);
        assertThat(reference.full()).isEqualTo(full);
        assertThat(reference.familiar()).isEqualTo(familiar);
        assertThat(Reference.parse(full)).isEqualTo(reference);
        assertThat(Reference.parse(familiar)).isEqualTo(reference);
    }

    @Test
    void readsDigests() {
        Reference byDigest = Reference.parse("debian@sha256:" + HEX);
        assertThat(byDigest).isEqualTo(new Reference("docker.io", "library/debian", "", "sha256:" + HEX));
        assertThat(byDigest.familiar()).isEqualTo("debian@sha256:" + HEX);
        assertThat(Reference.parse("debian:12@sha256:" + HEX).tag()).isEqualTo("12");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "Debian",
                "me/App",
                "a//b",
                "/debian",
                "debian/",
                "debian:",
                "debian:-x",
                "debian:a b",
                "debian:a/b",
                "-debian",
                "debian-",
                "a..b",
                "a___b",
                "a._b",
                "debian@",
                "debian@sha256:12",
                "debian@sha256:" + "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF",
                "debian@md5:0123456789abcdef0123456789abcdef",
                "https://example.com/app",
                "example.com:port/app",
                "-host.com/app",
                "[::1/app",
                "debian\n",
                "debian:bookworm\n",
                "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                "débian",
            })
    void refuses(String text) {
        assertThatThrownBy(() -> Reference.parse(text))
                .isInstanceOfSatisfying(
                        BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID));
    }

    @Test
    void boundsLengths() {
        assertThat(Reference.parse("a".repeat(247)).repository()).hasSize(255);
        assertThatThrownBy(() -> Reference.parse("a".repeat(248))).isInstanceOf(BerthException.class);
        assertThat(Reference.parse("a:" + "t".repeat(128)).tag()).hasSize(128);
        assertThatThrownBy(() -> Reference.parse("a:" + "t".repeat(129))).isInstanceOf(BerthException.class);
        assertThatThrownBy(() -> Reference.parse("a/".repeat(100_000))).isInstanceOf(BerthException.class);
    }
}
