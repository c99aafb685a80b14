package org.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.berth.base.Json;
import org.junit.jupiter.api.Test;

/** What Ctrl-C says is true of the moment. */
class UpTest {
    @Test
    void onlyWhatIsSettledGoesOnInTheBackground() {
        assertThat(Up.WHILE_PREPARED).contains("nothing was started").doesNotContain("background");
        assertThat(Up.interruption("shop", Json.MAPPER.readTree("{\"type\":\"progress\",\"phase\":\"build\"}")))
                .isEmpty();
        assertThat(Up.interruption("shop", Json.MAPPER.readTree("{\"type\":\"settled\"}")))
                .hasValueSatisfying(words -> assertThat(words).contains("shop goes on in the background", "-p shop"));
    }
}
