package org.berth.cli;

import java.util.concurrent.Callable;
import org.berth.base.Instance;
import org.berth.base.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "sbom",
        mixinStandardHelpOptions = true,
        description = "List an image's packages as SPDX 2.3 or CycloneDX 1.5 (JSON): berth sbom IMAGE.")
final class Sbom implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "IMAGE", description = "an image by name or id")
    private String image = "";

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "spdx or cyclonedx (default ${DEFAULT-VALUE})",
            defaultValue = "spdx")
    private String format = "spdx";

    @Override
    public Integer call() {
        System.out.println(Json.pretty()
                .writeValueAsString(Daemon.reach(Instance.fromEnvironment(System.getenv()))
                        .request(
                                "GET",
                                "/berth/v1/sbom?image=" + Paths.encode(image) + "&format=" + Paths.encode(format))));
        return 0;
    }
}
