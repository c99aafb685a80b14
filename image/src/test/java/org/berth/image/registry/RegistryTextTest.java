package org.berth.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.berth.base.BerthException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What people and servers write: addresses, challenges, credentials, mirrors. */
class RegistryTextTest {
    @ParameterizedTest
    @CsvSource({
        "docker.io, https://registry-1.docker.io, registry-1.docker.io, 443",
        "example.com, https://example.com, example.com, 443",
        "example.com:5000, https://example.com:5000, example.com, 5000",
        "localhost, http://localhost, localhost, 80",
        "localhost:5000, http://localhost:5000, localhost, 5000",
        "127.0.0.1:5000, http://127.0.0.1:5000, 127.0.0.1, 5000",
        "127.9.9.9, http://127.9.9.9, 127.9.9.9, 80",
        "[::1]:5000, http://[::1]:5000, ::1, 5000",
        "[2001:db8::1], https://[2001:db8::1], 2001:db8::1, 443",
        "http://mirror.lan:80/prefix/, http://mirror.lan:80/prefix, mirror.lan, 80",
        "https://127.0.0.1:5000, https://127.0.0.1:5000, 127.0.0.1, 5000",
        "127.0.0.1.example.com, https://127.0.0.1.example.com, 127.0.0.1.example.com, 443",
    })
    void addressesOfRegistries(String name, String base, String host, int port) {
        Endpoint endpoint = Endpoint.of(name);
        assertThat(endpoint.base()).hasToString(base);
        assertThat(endpoint.host()).isEqualTo(host);
        assertThat(endpoint.port()).isEqualTo(port);
        assertThat(endpoint.at("/v2/a/blobs/b")).hasToString(base + "/v2/a/blobs/b");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "http://", "ftp://x", "https://me:secret@x", "a b", "https://x?y"})
    void whatIsNoAddressIsRefused(String name) {
        assertThatThrownBy(() -> Endpoint.of(name)).isInstanceOf(BerthException.class);
    }

    @Test
    void challenges() {
        assertThat(
                        Challenge.parse(
                                List.of(
                                        "Bearer realm=\"https://auth.example/token\",service=\"a, b\", scope=\"repository:x:pull,push\"")))
                .containsExactly(new Challenge(
                        "bearer",
                        Map.of(
                                "realm",
                                "https://auth.example/token",
                                "service",
                                "a, b",
                                "scope",
                                "repository:x:pull,push")));
        assertThat(Challenge.parse(List.of("Basic realm=\"a \\\"b\\\"\", Bearer realm=x", "Negotiate")))
                .containsExactly(
                        new Challenge("basic", Map.of("realm", "a \"b\"")),
                        new Challenge("bearer", Map.of("realm", "x")),
                        new Challenge("negotiate", Map.of()));
        assertThat(Challenge.parse(List.of("", "=", "\"", "Bearer realm=\"open")))
                .hasSizeLessThan(2);
        assertThat(Challenge.parse(List.of("B x=\"" + "\\\\".repeat(900) + "\""))
                        .getFirst()
                        .parameter("x"))
                .hasSize(900);
        assertThat(Challenge.parse(List.of("B x=\"" + "\\".repeat(9000)))).isEmpty();
    }

    @Test
    void mirrors() {
        assertThat(RegistrySettings.mirrors(List.of(
                        "", "# comment", "docker.io = 127.0.0.1:5000 ", "quay.io=https://m", "docker.io=b.lan")))
                .isEqualTo(Map.of("docker.io", List.of("127.0.0.1:5000", "b.lan"), "quay.io", List.of("https://m")));
        assertThatThrownBy(() -> RegistrySettings.mirrors(List.of("docker.io")))
                .hasMessageContainingAll("docker.io", "REGISTRY=MIRROR");
        assertThat(RegistrySettings.fromEnvironment(Map.of("BERTH_REGISTRY_MIRRORS", "a.b=c.d,e.f=g.h"))
                        .mirrors())
                .containsEntry("a.b", List.of("c.d"))
                .containsEntry("e.f", List.of("g.h"));
    }

    @Test
    void credentials(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("config.json");
        CredentialFile credentials = new CredentialFile(file, "");
        assertThat(credentials.find("docker.io")).isEmpty();
        Files.writeString(file, """
                {"auths": {
                  "https://index.docker.io/v1/": {"auth": "bWU6c2U6Y3JldA=="},
                  "https://quay.io": {"username": "u", "password": "p"},
                  "ghcr.io": {"identitytoken": "t"},
                  "empty.io": {}
                }, "credHelpers": {}}
                """);
        assertThat(credentials.find("docker.io")).contains(new Credentials("me", "se:cret", ""));
        assertThat(credentials.find("quay.io")).contains(new Credentials("u", "p", ""));
        assertThat(credentials.find("ghcr.io")).contains(new Credentials("", "", "t"));
        assertThat(credentials.find("empty.io")).isEmpty();
        assertThat(credentials.find("other.io")).isEmpty();
        assertThat(credentials.find("docker.io").orElseThrow().toString()).doesNotContain("cret");
    }

    @Test
    void aDamagedCredentialFileIsNamedButNotQuoted(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("config.json"), "{\"auths\": secret");
        assertThatThrownBy(() -> new CredentialFile(file, "").find("docker.io"))
                .isInstanceOf(BerthException.class)
                .hasMessageContaining(file.toString())
                .hasMessageNotContaining("secret");
    }
}
