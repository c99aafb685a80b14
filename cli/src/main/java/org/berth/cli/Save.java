package org.berth.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
        description = "Write images as a tar that docker, podman and skopeo load, or as an OCI image layout.")
final class Save implements Callable<Integer> {
    @Parameters(arity = "1..*", paramLabel = "IMAGE", description = "images by name or id")
    private List<String> names = new ArrayList<>();

    @Option(
            names = "--format",
            description = "oci (a folder with a layout) or tar (one file; default where -o ends with .tar)",
            defaultValue = "")
    private String format = "";

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "PATH",
            description = "the folder or file to write; - is standard output, for a tar")
    private Path folder = Path.of("");

    @Mixin
    private final Output output = new Output();

    @Override
    public Integer call() {
        String path = folder.toString();
        String form = !format.isEmpty() ? format : path.endsWith(".tar") || path.equals("-") ? "tar" : "oci";
        if (form.equals("tar")) {
            String query = names.stream()
                    .map(name -> "names=" + ImageNames.encoded(name))
                    .collect(java.util.stream.Collectors.joining("&"));
            ImageArchives.receive(
                    "/v1.44/images/get?" + query,
                    path.equals("-") ? Optional.empty() : Optional.of(folder.toAbsolutePath()));
            return 0;
        }
        if (!form.equals("oci")) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED, "format " + form + " can't be written; use --format oci or tar");
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
