package org.berth.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.base.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "save",
        mixinStandardHelpOptions = true,
        description = "Write images as an OCI image layout: berth save --format oci IMAGE... -o DIR.")
final class Save implements Callable<Integer> {
    @Parameters(arity = "1..*", paramLabel = "IMAGE", description = "images by name or id")
    private List<String> names = new ArrayList<>();

    @Option(names = "--format", description = "oci (the only one now)", defaultValue = "oci")
    private String format = "oci";

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "DIR",
            description = "the folder to write; made when it is missing")
    private Path folder = Path.of("");

    @Mixin
    private final Output output = new Output();

    @Override
    public Integer call() {
        if (!"oci".equals(format)) {
            throw new BerthException(ErrorCode.UNSUPPORTED, "format " + format + " can't be written; use --format oci");
        }
        ObjectNode request = Json.MAPPER.createObjectNode();
        names.forEach(request.putArray("names")::add);
        request.put("folder", folder.toAbsolutePath().normalize().toString());
        try (View view = View.choose(output.quiet || output.json)) {
            Daemon.reach(Instance.fromEnvironment(System.getenv())).stream(
                    "POST", "/berth/v1/images/save", request, view::show);
        }
        if (!output.quiet) {
            System.out.println(folder);
        }
        return 0;
    }
}
