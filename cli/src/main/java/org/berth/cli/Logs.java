package org.berth.cli;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.berth.base.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

@Command(
        name = "logs",
        mixinStandardHelpOptions = true,
        description = {
            "Show what an application's tasks print, merged by time: berth logs [DIR] [SERVICE...].",
            "The last run of a task that died and was replaced is shown too, as TASK-previous."
        })
final class Logs implements Callable<Integer> {
    @Mixin
    private final ProjectChoice choice = new ProjectChoice("[SERVICE...]", "services to show (default: all)");

    @Option(
            names = {"-f", "--follow"},
            description = "go on as more is printed")
    private boolean follow;

    @Option(names = "--file", paramLabel = "FILE", description = "the Compose file")
    private Optional<java.nio.file.Path> file = Optional.empty();

    @Option(
            names = {"-n", "--tail"},
            paramLabel = "LINES",
            description = "only the last lines of each task")
    private Optional<Integer> tail = Optional.empty();

    @Option(names = "--since", paramLabel = "TIME", description = "only from this time on (2026-01-31T12:00:00Z)")
    private Optional<String> since = Optional.empty();

    @Option(
            names = {"-t", "--timestamps"},
            description = "with the time of each line")
    private boolean timestamps;

    @Option(names = "--json", description = "one JSON object a line")
    private boolean json;

    @Option(names = "--no-log-prefix", description = "without the task's name")
    private boolean bare;

    @Override
    public Integer call() {
        StringBuilder path = new StringBuilder(
                "/berth/v1/projects/" + Paths.encode(choice.name()) + "/logs?follow=" + (follow ? 1 : 0));
        List<String> services = choice.words();
        services.forEach(service -> path.append("&service=").append(Paths.encode(service)));
        tail.ifPresent(lines -> path.append("&tail=").append(lines));
        since.ifPresent(time -> path.append("&since=").append(Paths.encode(time)));
        Palette palette = Palette.choose();
        choice.daemon().stream(
                "GET", path.toString(), MissingNode.getInstance(), line -> System.out.println(show(line, palette)));
        return 0;
    }

    private String show(JsonNode line, Palette palette) {
        if (json) {
            return Json.MAPPER.writeValueAsString(line);
        }
        String time = timestamps ? palette.grey(line.path("time").asString("")) + " " : "";
        String task = bare ? "" : palette.blue(line.path("task").asString("")) + " | ";
        return task + time + line.path("text").asString("");
    }
}
