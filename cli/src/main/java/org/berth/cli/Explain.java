package org.berth.cli;

import java.util.concurrent.Callable;
import org.berth.base.Instance;
import org.berth.base.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
        name = "explain",
        mixinStandardHelpOptions = true,
        description = "Show what isolates a task: namespaces, root, mounts, limits, capabilities, network.")
final class Explain implements Callable<Integer> {
    @Parameters(paramLabel = "NAME", description = "a task or container, by name or id")
    private String name = "";

    @Option(names = "--program", description = "list the labelled system calls that made it")
    private boolean program;

    @Mixin
    private final Output output = new Output();

    @Override
    public Integer call() {
        JsonNode answer = Daemon.reach(Instance.fromEnvironment(System.getenv()))
                .request("GET", "/berth/v1/explain/" + Paths.encode(name) + (program ? "?program=1" : ""));
        if (output.json) {
            System.out.println(Json.PRETTY.writeValueAsString(answer));
            return 0;
        }
        Palette palette = Palette.choose();
        if (program) {
            int number = 1;
            for (JsonNode call : answer.path("program")) {
                System.out.printf("%4d  %s%n", number++, call.asString(""));
            }
            return 0;
        }
        System.out.println(palette.bold(answer.path("name").asString(name)) + " "
                + palette.grey(answer.path("id").asString("")));
        for (JsonNode section : answer.path("sections")) {
            System.out.println();
            System.out.println(palette.blue(section.path("title").asString("")));
            section.path("lines").forEach(line -> System.out.println("  " + line.asString("")));
        }
        return 0;
    }
}
