package org.berth.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import org.berth.compose.Project;
import org.berth.compose.Service;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "build",
        mixinStandardHelpOptions = true,
        description = {
            "Build a project's images, or with --tag one image of a folder:",
            "berth build [DIR] [SERVICE...]   or   berth build --tag NAME FOLDER."
        })
final class Build implements Callable<Integer> {
    @Mixin
    private final ProjectChoice choice = new ProjectChoice(
            "[SERVICE...]", "services to build (default: all); with --tag, DIR is the folder to build");

    @Mixin
    private final ProjectFile file = new ProjectFile();

    @Mixin
    private final Output output = new Output();

    @Mixin
    private final BuildFlags flags = new BuildFlags();

    @Option(
            names = {"-t", "--tag"},
            paramLabel = "NAME",
            description = "build FOLDER alone, with this name")
    private Optional<String> tag = Optional.empty();

    @Option(names = "--dockerfile", paramLabel = "PATH", description = "with --tag: a path in the folder")
    private Optional<String> dockerfile = Optional.empty();

    @Option(names = "--target", paramLabel = "STAGE", description = "with --tag: the stage to end with")
    private Optional<String> target = Optional.empty();

    @Option(names = "--build-arg", paramLabel = "NAME=VALUE", description = "with --tag: an argument of the build")
    private Map<String, String> arguments = new LinkedHashMap<>();

    @Option(names = "--no-cache", description = "do every step again")
    private boolean noCache;

    @Option(
            names = "--explain",
            description = {
                "build nothing: print the Dockerfile that the source folder DIR is built by,",
                "or with SERVICE the one of that service's folder"
            })
    private boolean explain;

    @Option(names = "--sbom", description = "attach a list of the image's packages to it (SPDX and CycloneDX)")
    private boolean sbom;

    @Option(names = "--provenance", description = "attach a statement of where the image comes from (SLSA)")
    private boolean provenance;

    @Override
    public Integer call() {
        if (explain && !choice.loadable()) {
            print(explained(request(folder(), "", Optional.empty(), Optional.empty(), Map.of(), Optional.empty())));
            return 0;
        }
        if (tag.isPresent()) {
            Path folder = folder();
            print(build(choice.daemon(), request(folder, tag.get(), dockerfile, target, arguments, Optional.empty())));
            return 0;
        }
        Project project = choice.load().project();
        List<String> wanted = choice.words();
        wanted.stream()
                .filter(name -> !project.services().containsKey(name))
                .findFirst()
                .ifPresent(name -> {
                    throw new BerthException(
                            ErrorCode.NOT_FOUND,
                            "no service " + name + " in " + project.file() + "; it has "
                                    + String.join(", ", project.services().keySet()));
                });
        if (explain) {
            project.services().values().stream()
                    .filter(service -> service.build().isPresent()
                            && (wanted.isEmpty() || wanted.contains(service.name()))
                            && !hasDockerfile(service.build().get()))
                    .forEach(service -> print(explained(ofService(project, service))));
            return 0;
        }
        Daemon daemon = choice.daemon();
        for (Service service : project.services().values()) {
            if (service.build().isPresent() && (wanted.isEmpty() || wanted.contains(service.name()))) {
                print(buildOf(service.name(), () -> build(daemon, ofService(project, service))));
            }
        }
        return 0;
    }

    private Path folder() {
        Path folder =
                Path.of(choice.everyWord().isEmpty() ? "" : choice.everyWord().getFirst());
        if (!Files.isDirectory(folder.toAbsolutePath())) {
            throw new BerthException(ErrorCode.INVALID, folder + " is not a folder; name the folder to build");
        }
        return folder;
    }

    private static boolean hasDockerfile(org.berth.compose.Build build) {
        return Files.exists(Path.of(build.context(), build.dockerfile().orElse("Dockerfile")));
    }

    private JsonNode explained(ObjectNode request) {
        return choice.daemon().request("POST", "/berth/v1/build/explain", request);
    }

    private ObjectNode ofService(Project project, Service service) {
        org.berth.compose.Build build = service.build().orElseThrow();
        return request(
                Path.of(build.context()),
                project.imageName(service),
                build.dockerfile(),
                build.target(),
                build.arguments(),
                service.command());
    }

    private ObjectNode request(
            Path folder,
            String name,
            Optional<String> file,
            Optional<String> stage,
            Map<String, String> values,
            Optional<List<String>> command) {
        ObjectNode request = Json.MAPPER.createObjectNode();
        request.put("folder", folder.toAbsolutePath().normalize().toString());
        request.put("tag", name);
        request.put("noCache", noCache);
        request.put("sbom", sbom);
        request.put("provenance", provenance);
        file.ifPresent(path -> request.put("dockerfile", path));
        stage.ifPresent(value -> request.put("target", value));
        ObjectNode pairs = request.putObject("arguments");
        // the time that a reproducible build says it was made at is the environment's, as in docker
        Optional.ofNullable(System.getenv("SOURCE_DATE_EPOCH")).ifPresent(time -> pairs.put("SOURCE_DATE_EPOCH", time));
        values.forEach(pairs::put);
        flags.addTo(request);
        command.ifPresent(words -> words.forEach(request.putArray("command")::add));
        return request;
    }

    /** Which of several services it was that failed. */
    static JsonNode buildOf(String service, Supplier<JsonNode> build) {
        try {
            return build.get();
        } catch (Daemon.StreamFailure e) {
            throw e.of("image of service " + service);
        }
    }

    private JsonNode build(Daemon daemon, ObjectNode request) {
        try (View view =
                flags.view(output.quiet || output.json, request.path("tag").asString(""))) {
            Interruption.says("cancelled: the steps that were done are kept for the next build", view);
            return daemon.stream("POST", "/berth/v1/build", request, view::show);
        } finally {
            Interruption.done();
        }
    }

    private void print(JsonNode result) {
        if (output.json) {
            System.out.println(Json.MAPPER.writeValueAsString(result));
        } else if (explain) {
            System.out.print(result.path("dockerfile").asString(""));
        } else {
            System.out.println(
                    output.quiet
                            ? result.path("image").asString("")
                            : result.path("name").asString("") + " "
                                    + result.path("image").asString(""));
        }
    }
}
