package org.berth.cli;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.berth.base.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

@Command(name = "images", mixinStandardHelpOptions = true, description = "List the images in the store.")
final class ImageList implements Callable<Integer> {
    private static final int SHORT_ID = 12;

    @Mixin
    private final Output output = new Output();

    @Override
    public Integer call() {
        JsonNode images = Daemon.reach(org.berth.base.Instance.fromEnvironment(System.getenv()))
                .request("GET", "/v1.44/images/json");
        if (output.json) {
            System.out.println(Json.pretty().writeValueAsString(images));
            return 0;
        }
        Table table = new Table("NAME", "ID", "SIZE", "AGE");
        for (JsonNode image : images) {
            String id = image.path("Id").asString("");
            if (output.quiet) {
                System.out.println(id);
                continue;
            }
            long age = Instant.now().getEpochSecond() - image.path("Created").asLong(0);
            for (String name : names(image)) {
                table.row(name, shortId(id), Words.bytes(image.path("Size").asLong(0)), Words.span(age));
            }
        }
        if (!output.quiet) {
            System.out.print(table.print(0));
        }
        return 0;
    }

    private static List<String> names(JsonNode image) {
        List<String> names = image.path("RepoTags")
                .valueStream()
                .map(name -> name.asString(""))
                .toList();
        return names.isEmpty() ? List.of("(no name)") : names;
    }

    private static String shortId(String id) {
        String digits = id.substring(id.indexOf(':') + 1);
        return digits.substring(0, Math.min(SHORT_ID, digits.length()));
    }
}
