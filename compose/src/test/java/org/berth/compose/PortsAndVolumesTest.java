package org.berth.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import org.berth.compose.text.TextException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PortsAndVolumesTest {
    @ParameterizedTest
    @CsvSource({
        "80,127.0.0.1,0,80,tcp",
        "8080:80,127.0.0.1,8080,80,tcp",
        "8080:80/udp,127.0.0.1,8080,80,udp",
        "0.0.0.0:8080:80,0.0.0.0,8080,80,tcp",
        "192.168.1.5:8080:80,192.168.1.5,8080,80,tcp",
        "127.0.0.1::80,127.0.0.1,0,80,tcp",
        "localhost:1:2,127.0.0.1,1,2,tcp",
        "0:80,127.0.0.1,0,80,tcp",
    })
    void readsAPort(String text, String address, int published, int target, String protocol) {
        assertThat(PortReader.parse(text)).containsExactly(new Port(address, published, target, protocol));
    }

    @Test
    void readsRanges() {
        assertThat(PortReader.parse("3000-3002:4000-4002"))
                .isEqualTo(List.of(
                        new Port("127.0.0.1", 3000, 4000, "tcp"),
                        new Port("127.0.0.1", 3001, 4001, "tcp"),
                        new Port("127.0.0.1", 3002, 4002, "tcp")));
        assertThat(PortReader.parse("4000-4001/udp")).hasSize(2).allMatch(port -> port.published() == 0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "80:",
                "a:80",
                "70000:80",
                "80:70000",
                "80:0",
                "1:2:3:4",
                "256.0.0.1:80:80",
                "1.2.3:80:80",
                "::1:80:80",
                "[::1]:80:80",
                "80:80/sctp",
                "80-90:80",
                "90-80:90-80",
                "1-60000:1-60000",
                "-1:80"
            })
    void refusesAPort(String text) {
        assertThatExceptionOfType(TextException.class).isThrownBy(() -> PortReader.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"relative", "/", "/a/../b", ""})
    void refusesATarget(String text) {
        assertThatExceptionOfType(TextException.class).isThrownBy(() -> MountReader.target(text));
    }

    @Test
    void namesProjectsAsComposeDoes() {
        assertThat(ProjectNames.fromFolder("My App_1")).isEqualTo("myapp_1");
        assertThat(ProjectNames.fromFolder("-_x.y")).isEqualTo("xy");
        assertThat(ProjectNames.fromFolder("Ünï")).isEqualTo("n");
        assertThat(ProjectNames.fromFolder("...")).isEmpty();
        assertThat(ProjectNames.project("a_b-1")).isTrue();
        assertThat(ProjectNames.project("A")).isFalse();
        assertThat(ProjectNames.project("_a")).isFalse();
    }
}
