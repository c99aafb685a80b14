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
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "scale",
        mixinStandardHelpOptions = true,
        description = "Change how many replicas services have: berth scale [DIR] web=5.")
final class Scale implements Callable<Integer> {
    private static final int REPLICAS_MAX = 1000;

    @Mixin
    private final ProjectChoice choice = new ProjectChoice("SERVICE=REPLICAS...", "how many of which, as in web=5");

    @Mixin
    private final ProjectFile file = new ProjectFile();

    @Mixin
    private final Output output = new Output();

    @Option(names = "--no-wait", description = "end once the wish is stored")
    private boolean noWait;

    @Option(names = "--timeout", paramLabel = "SECONDS", description = "how long to wait (default 300)")
    private int timeout = 300;

    @Override
    public Integer call() {
        ObjectNode request = Json.MAPPER.createObjectNode();
        wishes(choice.words(), request.putObject("services"));
        request.put("wait", !noWait);
        request.put("timeoutSeconds", timeout);
        String name = choice.name();
        Interruption.says("the change goes on in the background: berth ps shows it");
        JsonNode result;
        try (View view = View.choose(output.quiet || output.json)) {
            result = choice.daemon().stream(
                    "POST", "/berth/v1/projects/" + Paths.encode(name) + "/scale", request, view::show);
        }
        Interruption.done();
        if (output.json) {
            System.out.println(Json.MAPPER.writeValueAsString(result));
        }
        return 0;
    }

    private static void wishes(List<String> words, ObjectNode services) {
        if (words.isEmpty()) {
            throw new BerthException(ErrorCode.INVALID, "no service to scale; say SERVICE=REPLICAS, as in web=5");
        }
        for (String word : words) {
            int equals = word.indexOf('=');
            String count = word.substring(equals + 1);
            if (equals < 1 || !count.matches("[0-9]{1,4}") || Integer.parseInt(count) > REPLICAS_MAX) {
                throw new BerthException(
                        ErrorCode.INVALID,
                        word + " is not SERVICE=REPLICAS with 0 to " + REPLICAS_MAX + " replicas, as in web=5");
            }
            services.put(word.substring(0, equals), Integer.parseInt(count));
        }
    }
}
