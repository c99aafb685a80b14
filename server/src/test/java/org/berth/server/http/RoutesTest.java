package org.berth.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class RoutesTest {
    private final Routes routes = new Routes()
            .add("GET", "/images/json", exchange -> {})
            .add("GET", "/images/{name*}/json", exchange -> {})
            .add("DELETE", "/images/{name*}", exchange -> {})
            .add("GET", "/containers/{name}/json", exchange -> {});

    @Test
    void aParameterIsOneSegmentAndAStarredOneIsMore() {
        assertThat(parameters("GET", "/containers/a%2Bb/json")).isEqualTo(Map.of("name", "a+b"));
        assertThat(parameters("GET", "/images/host:5000/library/debian:12/json"))
                .isEqualTo(Map.of("name", "host:5000/library/debian:12"));
        assertThat(parameters("DELETE", "/images/debian%3Abookworm")).isEqualTo(Map.of("name", "debian:bookworm"));
        assertThat(parameters("GET", "/images/json")).isEmpty();
    }

    @Test
    void whatFitsNoTemplateHasNoRoute() {
        assertThat(routes.find("GET", "/containers/a/b/json")).isEmpty();
        assertThat(routes.find("POST", "/images/json")).isEmpty();
        assertThat(routes.find("GET", "/containers")).isEmpty();
    }

    @Test
    void aVersionIsStrippedWhereItIsSpoken() {
        assertThat(Api.withoutVersion("/v1.44/info")).isEqualTo("/info");
        assertThat(Api.withoutVersion("/v1.48/images/a/json")).isEqualTo("/images/a/json");
        assertThat(Api.withoutVersion("/version")).isEqualTo("/version");
        assertThatThrownBy(() -> Api.withoutVersion("/v1.49/info"))
                .hasMessage("client version 1.49 is too new. Maximum supported API version is 1.48");
        assertThatThrownBy(() -> Api.withoutVersion("/v1.43/info")).hasMessageContaining("too old");
    }

    private Map<String, String> parameters(String method, String path) {
        return routes.find(method, path).orElseThrow().parameters();
    }
}
