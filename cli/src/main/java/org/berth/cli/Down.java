package org.berth.cli;

import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.berth.base.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

@Command(
        name = "down",
        mixinStandardHelpOptions = true,
        description = "Take an application down: tasks, networks, rules and logs go; images and volumes stay.")
final class Down implements Callable<Integer> {
    @Mixin
    private final ProjectChoice choice = new ProjectChoice();

    @Mixin
    private final ProjectFile file = new ProjectFile();

    @Mixin
    private final Output output = new Output();

    @Option(
            names = {"-v", "--volumes"},
            description = "remove its named volumes too")
    private boolean volumes;

    @Option(
            names = {"-t", "--timeout"},
            paramLabel = "SECONDS",
            description = "how long each task may take to end, instead of its own grace")
    private int timeout = -1;

    @Override
    public Integer call() {
        choice.noMoreWords();
        String path = "/berth/v1/projects/" + Paths.encode(choice.name()) + "?volumes=" + (volumes ? 1 : 0)
                + (timeout < 0 ? "" : "&timeout=" + timeout);
        Daemon daemon = choice.daemon();
        JsonNode result;
        try (View view = View.choose(output.quiet || output.json)) {
            result = daemon.stream("DELETE", path, MissingNode.getInstance(), view::show);
        }
        if (output.json) {
            System.out.println(Json.MAPPER.writeValueAsString(result));
        } else if (!output.quiet) {
            System.err.println(choice.name() + " is down" + (volumes ? gone(result.path("volumes")) : ""));
        }
        return 0;
    }

    private static String gone(JsonNode volumes) {
        String names = volumes.valueStream().map(JsonNode::asString).collect(Collectors.joining(", "));
        return names.isEmpty() ? "; it had no volumes" : "; removed " + names;
    }
}
