package org.berth.cli;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.berth.base.Json;
import org.junit.jupiter.api.Test;

class BuildTest {
    @Test
    void whatFailsHasItsService() {
        Daemon.StreamFailure failure = new Daemon.StreamFailure(
                Json.MAPPER.readTree("{\"message\":\"/home/me/api/Dockerfile:2: no\",\"exitCode\":2}"));
        assertThatExceptionOfType(Daemon.StreamFailure.class)
                .isThrownBy(() -> Build.buildOf("api", () -> {
                    throw failure;
                }))
                .withMessage("image of service api: /home/me/api/Dockerfile:2: no")
                .matches(e -> e.exitCode() == 2);
    }
}
