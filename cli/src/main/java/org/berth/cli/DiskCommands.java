package org.berth.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.berth.base.Instance;
import org.berth.base.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** What is on disk, and its removal: system df, system prune. */
final class DiskCommands {
    private static final String API = "/v1.44";

    private DiskCommands() {}

    private static Daemon daemon() {
        return Daemon.reach(Instance.fromEnvironment(System.getenv()));
    }

    @Command(
            name = "df",
            mixinStandardHelpOptions = true,
            description =
                    "Show what images, volumes and changes in containers take on disk, what several share counted once.")
    static final class Usage implements Callable<Integer> {
        @Mixin
        private final Output output = new Output();

        @Override
        public Integer call() {
            JsonNode usage = daemon().request("GET", API + "/system/df");
            if (output.json) {
                System.out.println(Json.pretty().writeValueAsString(usage));
                return 0;
            }
            Table table = new Table("WHAT", "COUNT", "SIZE");
            table.row(
                    "images",
                    String.valueOf(usage.path("Images").size()),
                    Words.bytes(usage.path("LayersSize").asLong(0)));
            long volumes = 0;
            for (JsonNode volume : usage.path("Volumes")) {
                volumes += Math.max(0, volume.path("UsageData").path("Size").asLong(0));
            }
            table.row("volumes", String.valueOf(usage.path("Volumes").size()), Words.bytes(volumes));
            long changes = 0;
            for (JsonNode container : usage.path("Containers")) {
                changes += Math.max(0, container.path("SizeRw").asLong(0));
            }
            table.row("containers", String.valueOf(usage.path("Containers").size()), Words.bytes(changes));
            System.out.print(table.print(0));
            return 0;
        }
    }

    @Command(
            name = "prune",
            mixinStandardHelpOptions = true,
            description = "Remove ended containers, networks without any, images without a name, and parts of pulls.")
    static final class Prune implements Callable<Integer> {
        @Option(
                names = {"-a", "--all"},
                description = "images with a name, too, that no container is made of")
        private boolean all;

        @Option(names = "--volumes", description = "volumes without a name, too, that no container uses")
        private boolean volumes;

        @Override
        public Integer call() {
            Map<String, String> steps = new LinkedHashMap<>();
            steps.put("/containers/prune", "ContainersDeleted");
            steps.put("/networks/prune", "NetworksDeleted");
            if (volumes) {
                steps.put("/volumes/prune", "VolumesDeleted");
            }
            String filter = all ? "?filters=" + ImageNames.encoded("{\"dangling\":[\"false\"]}") : "";
            steps.put("/images/prune" + filter, "ImagesDeleted");
            steps.put("/build/prune", "CachesDeleted");
            long bytes = 0;
            Daemon daemon = daemon();
            for (Map.Entry<String, String> step : steps.entrySet()) {
                JsonNode report = daemon.request("POST", API + step.getKey());
                bytes += report.path("SpaceReclaimed").asLong(0);
                for (JsonNode removed : report.path(step.getValue())) {
                    System.out.println(removed.isObject() ? words(removed) : removed.asString(""));
                }
            }
            System.out.println("free now: " + Words.bytes(bytes));
            return 0;
        }

        private static String words(JsonNode removed) {
            return removed.path("Untagged").asString(removed.path("Deleted").asString(""));
        }
    }
}
