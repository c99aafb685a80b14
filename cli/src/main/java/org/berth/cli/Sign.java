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
        name = "sign",
        mixinStandardHelpOptions = true,
        description =
                "Sign an image as cosign does: berth sign --key cosign.key IMAGE. A push takes the signature along.")
final class Sign implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "IMAGE", description = "an image by name")
    private String image = "";

    @Option(names = "--key", required = true, paramLabel = "FILE", description = "the private key")
    private Path key = Path.of("");

    @Option(
            names = "--registry",
            description =
                    "sign what the registry has under that name, though it is not here: an index of platforms, too")
    private boolean there;

    @Override
    public Integer call() {
        ObjectNode request = Json.MAPPER.createObjectNode();
        String pem = KeyFiles.read(key);
        request.put("name", image);
        request.put("registry", there);
        request.put("key", pem);
        request.put("password", pem.contains("BEGIN ENCRYPTED") ? KeyFiles.password("password of " + key) : "");
        JsonNode answer = Daemon.reach(Instance.fromEnvironment(System.getenv()))
                .request("POST", "/berth/v1/images/sign", request);
        System.out.println("signed " + answer.path("digest").asString(""));
        return 0;
    }
}
