package org.berth.image.debian;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.berth.base.BerthException;
import org.junit.jupiter.api.Test;

class SourceChoiceTest {
    private static final List<AptSource> HOST = HostSources.parseLines("""
            deb https://thirdparty.example/apt stable-tools main
            deb http://mirror.example/debian bookworm main
            deb http://mirror.example/debian bookworm-updates main contrib
            deb http://mirror.example/debian bookworm-backports main
            deb http://security.example/debian-security bookworm-security main
            deb http://containers.example/linux bookworm stable
            """, "amd64");

    @Test
    void takesTheHostsOwnSuites() {
        SourceChoice choice = SourceChoice.of(Map.of(), HOST, "bookworm");
        assertThat(choice.main())
                .extracting(AptSource::line)
                .containsExactly("deb http://mirror.example/debian bookworm main");
        assertThat(choice.extras())
                .extracting(extra -> extra.of("bookworm").line())
                .containsExactly(
                        "deb http://mirror.example/debian bookworm-updates main",
                        "deb http://security.example/debian-security bookworm-security main");
        assertThat(choice.extras()).allMatch(extra -> extra.isHostsOwn("bookworm"));
    }

    @Test
    void putsAnotherReleaseInTheHostsPlaces() {
        SourceChoice choice = SourceChoice.of(Map.of(), HOST, "trixie");
        assertThat(choice.main())
                .extracting(AptSource::line)
                .containsExactly("deb http://mirror.example/debian trixie main");
        assertThat(choice.extras())
                .extracting(extra -> extra.of("trixie").suite())
                .containsExactly("trixie-updates", "trixie-security");
        assertThat(choice.extras()).noneMatch(extra -> extra.isHostsOwn("trixie"));
    }

    @Test
    void letsTheVariableRuleAlone() {
        SourceChoice choice =
                SourceChoice.of(Map.of("BERTH_DEBIAN_MIRROR", " http://near.example/debian/ "), HOST, "bookworm");
        assertThat(choice.main())
                .extracting(AptSource::line)
                .containsExactly("deb http://near.example/debian bookworm main");
        assertThat(choice.extras()).isEmpty();
    }

    @Test
    void saysWhatToSetWhenNoMirrorIsKnown() {
        assertThatThrownBy(() -> SourceChoice.of(Map.of(), List.of(), "bookworm"))
                .isInstanceOf(BerthException.class)
                .hasMessageContaining("set BERTH_DEBIAN_MIRROR");
    }

    @Test
    void refusesAVariableThatIsNoAddress() {
        for (String mirror : List.of("mirror.example/debian", "http://a b/", "debian")) {
            assertThatThrownBy(() -> SourceChoice.of(Map.of("BERTH_DEBIAN_MIRROR", mirror), HOST, "bookworm"))
                    .isInstanceOf(BerthException.class)
                    .hasMessageContaining("BERTH_DEBIAN_MIRROR is '" + mirror + "'");
        }
    }
}
