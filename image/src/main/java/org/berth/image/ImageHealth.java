package org.berth.image;

import java.time.Duration;
import java.util.List;

/**
 * How an image wants its containers probed (a Dockerfile's HEALTHCHECK; Docker's addition to the OCI configuration). Zero
 * where the image leaves it to the engine.
 *
 * @param test {"CMD", program, arguments...}, {"CMD-SHELL", text}, {"NONE"}
 */
public record ImageHealth(
        List<String> test,
        Duration interval,
        Duration timeout,
        Duration startPeriod,
        Duration startInterval,
        int retries) {}
