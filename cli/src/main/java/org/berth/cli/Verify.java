package org.berth.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.berth.base.Instance;
import org.berth.base.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        description = "Check that an image is signed: berth verify --key cosign.pub IMAGE.")
final class Verify implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "IMAGE", description = "an image by name or id")
    private String image = "";

    @Option(names = "--key", required = true, paramLabel = "FILE", description = "the public key")
    private Path key = Path.of("");

    @Option(
            names = "--registry",
            description =
                    "check what the registry has under that name, though it is not here: an index of platforms, too")
    private boolean there;

    @Override
    public Integer call() {
        ObjectNode request = Json.MAPPER.createObjectNode();
        request.put("name", image);
        request.put("registry", there);
        request.put("key", KeyFiles.read(key));
        JsonNode answer = Daemon.reach(Instance.fromEnvironment(System.getenv()))
                .request("POST", "/berth/v1/images/verify", request);
        System.out.println("verified " + answer.path("digest").asString(""));
        return 0;
    }
}
