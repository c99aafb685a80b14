package org.berth.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.image.Reference;
import org.junit.jupiter.api.Test;

/** Registries are asked through the proxy that the environment names. */
class EnvironmentProxiesTest {
    private static boolean straight(Map<String, String> environment, String address) {
        return EnvironmentProxies.of(environment).on(URI.create(address)).isEmpty();
    }

    @Test
    void eachSchemeHasItsProxyAndSomeNamesNone() {
        Map<String, String> environment = Map.of(
                "HTTPS_PROXY", "http://proxy:3128",
                "http_proxy", "other",
                "HTTP_PROXY", "http://never",
                "NO_PROXY", "inside.example, .corp ,10.0.0.1");
        EnvironmentProxies proxies = EnvironmentProxies.of(environment);
        assertThat(proxies.on(URI.create("https://registry.example/v2/")))
                .contains(new EnvironmentProxies.Server("proxy", 3128));
        assertThat(proxies.on(URI.create("http://registry.example/v2/")))
                .contains(new EnvironmentProxies.Server("other", 80));
        assertThat(straight(environment, "https://inside.example/")).isTrue();
        assertThat(straight(environment, "https://a.inside.example/")).isTrue();
        assertThat(straight(environment, "https://outside.example/")).isFalse();
        assertThat(straight(environment, "https://Registry.Corp:5000/")).isTrue();
        assertThat(straight(environment, "https://10.0.0.1/")).isTrue();
        assertThat(straight(environment, "http://127.0.0.1:5000/")).isTrue();
        assertThat(straight(environment, "http://[::1]:5000/")).isTrue();
        assertThat(straight(Map.of("HTTPS_PROXY", "http://proxy", "NO_PROXY", "*"), "https://a/"))
                .isTrue();
        assertThat(straight(Map.of(), "https://registry.example/")).isTrue();
    }

    @Test
    void whatCanNotBeUsedIsRefusedWithoutItsPassword() {
        assertThatExceptionOfType(BerthException.class)
                .isThrownBy(() -> EnvironmentProxies.of(Map.of("HTTPS_PROXY", "http://me:hidden@proxy:1")))
                .withMessageStartingWith("HTTPS_PROXY")
                .withMessageNotContaining("hidden");
        assertThatExceptionOfType(BerthException.class)
                .isThrownBy(() -> EnvironmentProxies.of(Map.of("http_proxy", "socks5://proxy")))
                .withMessageContaining("HTTP_PROXY is no proxy");
    }

    /** The name is for the proxy to resolve: this machine may not know it. */
    @Test
    void aRegistryIsReachedThroughTheProxy() throws Exception {
        FakeRegistry.Content content = FakeRegistry.Content.of(new byte[1024]);
        try (FakeRegistry proxy = FakeRegistry.start(content::serve)) {
            RegistrySettings settings = new RegistrySettings(
                    Map.of("registry.invalid", List.of("http://mirror.invalid:5000")),
                    Trust.NORMAL,
                    new CredentialFile(Path.of("/nonexistent"), ""),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(5),
                    EnvironmentProxies.of(Map.of("HTTP_PROXY", "http://" + proxy.name())),
                    Backoff.NONE,
                    Ranges.STANDARD);
            Registries registries = new Registries(settings);
            Reference reference = Reference.parse("registry.invalid/app:1");
            assertThat(registries.unreachable(reference)).isEmpty();
            assertThat(registries.manifest(reference, Optional.empty()).document())
                    .isNotNull();
            assertThat(proxy.requests())
                    .first()
                    .asString()
                    .startsWith("GET http://mirror.invalid:5000/v2/app/manifests/1");
        }
    }
}
