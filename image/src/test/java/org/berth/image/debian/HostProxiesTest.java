package org.berth.image.debian;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostProxiesTest {
    @TempDir
    private Path host;

    private String way(String address, Map<String, String> environment) {
        Proxy proxy =
                HostProxies.read(host, environment).select(URI.create(address)).getFirst();
        return proxy.address() instanceof InetSocketAddress way
                ? way.getHostString() + ":" + way.getPort()
                : "straight";
    }

    @Test
    void goesStraightWhenNothingIsSaid() {
        assertThat(way("http://mirror.example/", Map.of())).isEqualTo("straight");
    }

    @Test
    void goesByTheEnvironment() {
        Map<String, String> environment = Map.of(
                "http_proxy",
                "http://127.0.0.1:3128/",
                "https_proxy",
                "127.0.0.2",
                "no_proxy",
                "near.example, .far.example");
        assertThat(way("http://mirror.example/", environment)).isEqualTo("127.0.0.1:3128");
        assertThat(way("https://mirror.example/", environment)).isEqualTo("127.0.0.2:8080");
        assertThat(way("http://near.example/", environment)).isEqualTo("straight");
        assertThat(way("http://very.far.example/", environment)).isEqualTo("straight");
        assertThat(way("http://notnear.example/", environment)).isEqualTo("127.0.0.1:3128");
    }

    @Test
    void goesByWhatAptIsToldFirst() throws IOException {
        Path parts = Files.createDirectories(host.resolve("etc/apt/apt.conf.d"));
        Files.writeString(
                parts.resolve("10proxy"),
                "// Acquire::http::Proxy \"http://127.0.0.9:1\";\nAcquire::http::proxy \"http://127.0.0.3:8000\";\n");
        Files.writeString(parts.resolve("20secure"), "Acquire::https::Proxy \"DIRECT\";\n");
        Map<String, String> environment =
                Map.of("http_proxy", "http://127.0.0.1:3128", "https_proxy", "http://127.0.0.1:3128");
        assertThat(way("http://mirror.example/", environment)).isEqualTo("127.0.0.3:8000");
        assertThat(way("https://mirror.example/", environment)).isEqualTo("straight");
    }
}
