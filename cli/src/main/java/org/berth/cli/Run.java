package org.berth.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import org.berth.compose.Project;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description = "Run one command in a container like a service's: berth run [DIR] SERVICE [PROGRAM...].")
final class Run implements Callable<Integer> {
    @Mixin
    private final ProjectChoice choice =
            new ProjectChoice("SERVICE [PROGRAM [ARGUMENT...]]", "the service, and a command line instead of its own");

    @Mixin
    private final ProjectFile file = new ProjectFile();

    @Mixin
    private final ProcessOptions process = new ProcessOptions();

    @Option(names = "--entrypoint", paramLabel = "PROGRAM", description = "instead of the image's")
    private Optional<String> entrypoint = Optional.empty();

    @Option(
            names = "--security-opt",
            paramLabel = "seccomp=FILE",
            description = "filter system calls by docker's JSON profile in FILE; seccomp=unconfined: not at all")
    private Optional<String> security = Optional.empty();

    @Option(
            names = "--learn-seccomp",
            paramLabel = "FILE",
            description =
                    "write a profile of the system calls that it makes to FILE; the standard filter holds meanwhile")
    private Optional<Path> learned = Optional.empty();

    @Option(names = "--no-deps", description = "start nothing that the service depends on")
    private boolean alone;

    @Option(names = "--keep", description = "leave the container when it has ended")
    private boolean keep;

    @Override
    public Integer call() {
        List<String> words = choice.programWords();
        if (words.isEmpty()) {
            throw new BerthException(ErrorCode.INVALID, "say which service: berth run web python");
        }
        if (security.isPresent() && learned.isPresent()) {
            throw new BerthException(
                    ErrorCode.INVALID, "--learn-seccomp learns under the standard filter: leave --security-opt out");
        }
        learned.ifPresent(SecurityOption::checkWritable);
        String project = choice.name();
        Daemon daemon = choice.daemon();
        if (choice.loadable()) {
            prepare(daemon, words.getFirst());
        }
        boolean terminal = process.terminal();
        String id = daemon.request(
                        "POST", "/berth/v1/projects/" + Paths.encode(project) + "/run", request(words, terminal))
                .path("id")
                .asString("");
        String container = "/v1.44/containers/" + id;
        if (!keep) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(daemon, container))); // after Ctrl-C, too
        }
        try {
            new Attached(daemon, container + "/resize", terminal, true)
                    .run(
                            container + "/attach?stream=1&stdin=1&stdout=1&stderr=1",
                            MissingNode.getInstance(),
                            () -> daemon.request("POST", container + "/start"));
        } catch (BerthException e) {
            return ProcessOptions.notStarted(e);
        }
        int status =
                daemon.request("POST", container + "/wait").path("StatusCode").asInt(0);
        learned.ifPresent(file -> SecurityOption.write(
                file,
                daemon.request("GET", "/berth/v1/explain/" + id).path("learned").asString("")));
        return status;
    }

    private static void remove(Daemon daemon, String container) {
        try {
            daemon.request("DELETE", container + "?force=1&v=1");
        } catch (BerthException e) {
            // it is gone already, or the daemon is: nothing a person waits for
        }
    }

    /** Has the daemon bring up what the container needs: the image, networks, volumes, other services. */
    private void prepare(Daemon daemon, String service) {
        Project project = choice.load().project();
        ObjectNode request = Json.MAPPER.createObjectNode();
        request.set("project", Json.MAPPER.valueToTree(project));
        request.putObject("options")
                .put("oneOff", service)
                .put("dependencies", !alone)
                .put("timeoutSeconds", Up.TIMEOUT_SECONDS);
        try (View view = View.choose(false)) {
            daemon.stream("PUT", "/berth/v1/projects/" + Paths.encode(project.name()), request, view::show);
        }
    }

    private ObjectNode request(List<String> words, boolean terminal) {
        ObjectNode request = Json.MAPPER.createObjectNode();
        request.put("service", words.getFirst());
        if (words.size() > 1) {
            words.subList(1, words.size()).forEach(request.putArray("command")::add);
        }
        entrypoint.ifPresent(program -> request.putArray("entrypoint").add(program));
        process.environment.forEach(request.putArray("environment")::add);
        process.user.ifPresent(value -> request.put("user", value));
        process.workingDirectory.ifPresent(value -> request.put("workingDirectory", value));
        security.map(SecurityOption::seccomp).ifPresent(value -> request.put("seccomp", value));
        learned.ifPresent(file -> request.put("seccomp", SecurityOption.LEARN));
        request.put("terminal", terminal).put("input", true).put("remove", false);
        if (choice.loadable()) {
            request.set("project", Json.MAPPER.valueToTree(choice.load().project()));
        }
        return request;
    }
}
