package org.berth.cli;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.berth.base.Json;
import org.berth.compose.Project;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "up",
        mixinStandardHelpOptions = true,
        description = "Bring an application up, or to what its Compose file says now: berth up [DIR] [SERVICE...].")
final class Up implements Callable<Integer> {
    static final int TIMEOUT_SECONDS = 600;

    /** What being ended means while images are made. */
    static final String WHILE_PREPARED = "cancelled: nothing was started or changed; what was built or pulled is kept";

    @Mixin
    private final ProjectChoice choice =
            new ProjectChoice("[SERVICE...]", "services to bring up, with those they depend on (default: all)");

    @Mixin
    private final ProjectFile file = new ProjectFile();

    @Mixin
    private final Output output = new Output();

    @Option(
            names = {"-d", "--detach"},
            description = "as without it: the application is left running once it is ready")
    private boolean detach;

    @Option(names = "--build", description = "build images again though they exist")
    private boolean build;

    @Option(names = "--no-build", description = "build nothing")
    private boolean noBuild;

    @Option(names = "--pull", description = "ask registries though the store has the image")
    private boolean pull;

    @Option(names = "--force-recreate", description = "replace tasks that did not change")
    private boolean forceRecreate;

    @Option(names = "--sbom", description = "attach lists of their packages to images that are built")
    private boolean sbom;

    @Option(names = "--provenance", description = "attach statements of where images that are built come from")
    private boolean provenance;

    @Option(names = "--no-wait", description = "end once the wish is stored")
    private boolean noWait;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "how long to wait for every service to be ready (default ${DEFAULT-VALUE})",
            defaultValue = "" + TIMEOUT_SECONDS)
    private int timeout;

    @Override
    public Integer call() {
        List<String> services = choice.words();
        Project project = choice.load().project();
        Daemon daemon = choice.daemon();
        JsonNode result;
        try (View view = View.choose(output.quiet || output.json)) {
            Interruption.says(WHILE_PREPARED, view);
            result = daemon.stream(
                    "PUT", "/berth/v1/projects/" + Paths.encode(project.name()), request(project, services), event -> {
                        interruption(project.name(), event).ifPresent(Interruption::says);
                        view.show(event);
                    });
        }
        Interruption.done();
        if (output.json) {
            System.out.println(Json.MAPPER.writeValueAsString(result));
        } else {
            print(project, result);
        }
        return 0;
    }

    /** What being ended means from this record on, where the record changes that. */
    static Optional<String> interruption(String project, JsonNode event) {
        return event.path("type").asString("").equals("settled")
                ? Optional.of(project + " goes on in the background: berth ps -p " + project
                        + " shows it, berth down -p " + project + " takes it down")
                : Optional.empty();
    }

    private ObjectNode request(Project project, List<String> services) {
        ObjectNode request = Json.MAPPER.createObjectNode();
        request.set("project", Json.MAPPER.valueToTree(project));
        ObjectNode options = request.putObject("options");
        options.put("build", build);
        options.put("noBuild", noBuild);
        options.put("pull", pull);
        options.put("forceRecreate", forceRecreate);
        options.put("sbom", sbom);
        options.put("provenance", provenance);
        options.put("wait", !noWait);
        options.put("timeoutSeconds", timeout);
        services.forEach(options.putArray("services")::add);
        return request;
    }

    private void print(Project project, JsonNode result) {
        String url = result.path("url").asString("");
        if (url.isEmpty()) {
            System.err.println(project.name()
                    + (noWait ? " is asked for: berth ps shows how it is" : " is up; it publishes no port"));
        } else {
            System.out.println(url);
        }
    }
}
