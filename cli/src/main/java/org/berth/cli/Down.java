package org.berth.cli;

import java.util.concurrent.Callable;
import org.berth.base.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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
        try (View view = View.choose(output.quiet || output.json)) {
            daemon.stream("DELETE", path, Json.MAPPER.missingNode(), view::show);
        }
        if (output.json) {
            System.out.println(Json.MAPPER.writeValueAsString(
                    Json.MAPPER.createObjectNode().put("project", choice.name())));
        } else if (!output.quiet) {
            System.err.println(choice.name() + " is down" + (volumes ? ", its volumes are gone" : ""));
        }
        return 0;
    }
}
