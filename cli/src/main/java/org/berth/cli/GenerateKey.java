package org.berth.cli;

import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.Callable;
import org.berth.base.Instance;
import org.berth.base.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

@Command(
        name = "generate-key",
        mixinStandardHelpOptions = true,
        description = "Make a pair of keys to sign images with, as cosign has them: cosign.key (locked by a password)"
                + " and cosign.pub.")
final class GenerateKey implements Callable<Integer> {
    @Option(
            names = {"-o", "--output"},
            paramLabel = "PREFIX",
            description = "write PREFIX.key and PREFIX.pub (default ${DEFAULT-VALUE})",
            defaultValue = "cosign")
    private String prefix = "cosign";

    @Override
    public Integer call() {
        Path key = Path.of(prefix + ".key");
        Path pub = Path.of(prefix + ".pub");
        KeyFiles.refuse(Set.of(key, pub));
        JsonNode pair = Daemon.reach(Instance.fromEnvironment(System.getenv()))
                .request(
                        "POST",
                        "/berth/v1/keys",
                        Json.MAPPER.createObjectNode().put("password", KeyFiles.password("password for the new key")));
        KeyFiles.create(key, pair.path("privateKey").asString(""), "rw-------");
        KeyFiles.create(pub, pair.path("publicKey").asString(""), "rw-r--r--");
        System.out.println("wrote " + key + " and " + pub);
        return 0;
    }
}
