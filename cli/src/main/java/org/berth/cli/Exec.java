package org.berth.cli;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "exec",
        mixinStandardHelpOptions = true,
        description = "Run a program in a running task: berth exec [DIR] SERVICE|TASK PROGRAM [ARGUMENT...].")
final class Exec implements Callable<Integer> {
    @Mixin
    private final ProjectChoice choice =
            new ProjectChoice("SERVICE|TASK PROGRAM [ARGUMENT...]", "where to run it, and its command line");

    @Mixin
    private final ProjectFile file = new ProjectFile();

    @Mixin
    private final ProcessOptions process = new ProcessOptions();

    @Option(names = "--index", paramLabel = "N", description = "which replica (default: the first that runs)")
    private Optional<Integer> index = Optional.empty();

    @Override
    public Integer call() {
        List<String> words = choice.programWords();
        if (words.size() < 2) {
            throw new BerthException(ErrorCode.INVALID, "say which service and which program: berth exec web sh");
        }
        Daemon daemon = choice.daemon();
        boolean terminal = process.terminal();
        String container = container(daemon, words.getFirst());
        String id = daemon.request(
                        "POST",
                        "/v1.44/containers/" + Paths.encode(container) + "/exec",
                        request(words.subList(1, words.size()), terminal))
                .path("Id")
                .asString("");
        try {
            new Attached(daemon, "/v1.44/exec/" + id + "/resize", terminal, true)
                    .run("/v1.44/exec/" + id + "/start", Attached.execStart(terminal), () -> {});
        } catch (BerthException e) {
            return ProcessOptions.notStarted(e);
        }
        return daemon.request("GET", "/v1.44/exec/" + id + "/json")
                .path("ExitCode")
                .asInt(0);
    }

    private ObjectNode request(List<String> program, boolean terminal) {
        ObjectNode request = Json.MAPPER.createObjectNode();
        program.forEach(request.putArray("Cmd")::add);
        process.environment.forEach(request.putArray("Env")::add);
        request.put("Tty", terminal)
                .put("AttachStdin", true)
                .put("AttachStdout", true)
                .put("AttachStderr", true);
        process.user.ifPresent(value -> request.put("User", value));
        process.workingDirectory.ifPresent(value -> request.put("WorkingDir", value));
        return request;
    }

    private String container(Daemon daemon, String name) {
        JsonNode project = daemon.request("GET", "/berth/v1/projects/" + Paths.encode(choice.name()));
        for (JsonNode service : project.path("services")) {
            for (JsonNode task : service.path("tasks")) {
                boolean asked = name.equals(task.path("name").asString(""))
                        || (name.equals(service.path("name").asString(""))
                                && index.map(n -> n == task.path("number").asInt(0))
                                        .orElse(true));
                if (asked
                        && List.of("running", "ready", "unhealthy")
                                .contains(task.path("state").asString(""))) {
                    return task.path("container").asString("");
                }
            }
        }
        throw new BerthException(
                ErrorCode.NOT_FOUND,
                "no running task of " + name + " in " + choice.name() + "; berth ps shows what runs");
    }
}
