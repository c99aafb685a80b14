package org.berth.builder;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.berth.builder.LoopbackAddresses.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoopbackAddressesTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "http://127.0.0.1:8000/simple|http://10.1.0.1:9000/simple|127.0.0.1|8000",
                "https://user:word@localhost/simple/|https://user:word@10.1.0.1:9000/simple/|localhost|443",
                "http://[::1]|http://10.1.0.1:9000|::1|80",
                "127.0.0.1:3128|10.1.0.1:9000|127.0.0.1|3128",
                "https://a.example/x http://LOCALHOST:1/y|https://a.example/x http://10.1.0.1:9000/y|LOCALHOST|1"
            })
    void loopbackIsReplaced(String value, String expected, String host, int port) {
        List<Target> asked = new ArrayList<>();
        Map<String, String> variables = Map.of("PIP_INDEX_URL", value);
        assertThat(LoopbackAddresses.isIn(variables)).isTrue();
        assertThat(LoopbackAddresses.replace(variables, "10.1.0.1", target -> {
                    asked.add(target);
                    return 9000;
                }))
                .containsEntry("PIP_INDEX_URL", expected)
                .containsEntry("PIP_TRUSTED_HOST", "10.1.0.1");
        assertThat(asked).containsExactly(new Target(host, port));
    }

    @ParameterizedTest
    @CsvSource({
        "https://pypi.example/simple",
        "http://localhost.example/simple",
        "http://127.0.0.1.example/x",
        "file:///mnt/index-0",
        "/mnt/127.0.0.1:80/x"
    })
    void othersStay(String value) {
        assertThat(LoopbackAddresses.isIn(Map.of("PIP_INDEX_URL", value))).isFalse();
    }

    @Test
    void proxiesAreNotAskedForTheRelayItself() {
        assertThat(LoopbackAddresses.isIn(Map.of("NO_PROXY", "127.0.0.1:80"))).isFalse();
        assertThat(LoopbackAddresses.replace(
                        Map.of("https_proxy", "http://127.0.0.1:3128", "NO_PROXY", "localhost"), "10.1.0.1", _ -> 9000))
                .containsEntry("https_proxy", "http://10.1.0.1:9000")
                .containsEntry("NO_PROXY", "localhost,10.1.0.1")
                .containsEntry("no_proxy", "10.1.0.1")
                .doesNotContainKey("PIP_TRUSTED_HOST");
    }
}
