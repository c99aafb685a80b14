package org.berth.cli;

import java.util.List;
import java.util.concurrent.Callable;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

@Command(
        name = "explain",
        mixinStandardHelpOptions = true,
        description = {
            "Show what isolates a task: namespaces, root, mounts, limits, capabilities, network.",
            "berth explain [DIR] NAME: a task or container by name or id, or a service for its first task."
        })
final class Explain implements Callable<Integer> {
    @Mixin
    private final ProjectChoice choice =
            new ProjectChoice("NAME", "a task or container by name or id, or a service for its first task");

    @Mixin
    private final ProjectFile file = new ProjectFile();

    @Option(names = "--program", description = "list the labelled system calls that made it")
    private boolean program;

    @Option(names = "--seccomp", description = "list the system calls that it may make, may not, and on what condition")
    private boolean seccomp;

    @Mixin
    private final Output output = new Output();

    @Override
    public Integer call() {
        List<String> words = choice.words();
        if (words.size() != 1) {
            throw new BerthException(
                    ErrorCode.INVALID, "say which one task, container or service: berth explain shop-web-1");
        }
        String name = words.getFirst();
        JsonNode answer = choice.daemon()
                .request(
                        "GET",
                        "/berth/v1/explain/" + Paths.encode(name) + "?program=" + (program ? 1 : 0) + "&seccomp="
                                + (seccomp ? 1 : 0)
                                + (choice.named() ? "&project=" + Paths.encode(choice.name()) : ""));
        if (output.json) {
            System.out.println(Json.pretty().writeValueAsString(answer));
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
        if (seccomp) {
            answer.path("seccomp").forEach(line -> System.out.println(line.asString("")));
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
