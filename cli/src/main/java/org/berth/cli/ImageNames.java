package org.berth.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.berth.base.BerthException;
import org.berth.base.Instance;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** What images are called: tag, rmi. */
final class ImageNames {
    private static final String IMAGES = "/v1.44/images/";

    private ImageNames() {}

    private static Daemon daemon() {
        return Daemon.reach(Instance.fromEnvironment(System.getenv()));
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Command(name = "tag", mixinStandardHelpOptions = true, description = "Give an image one more name.")
    static final class Tag implements Callable<Integer> {
        @Parameters(index = "0", paramLabel = "IMAGE", description = "a name or id that it has")
        private String image = "";

        @Parameters(index = "1", paramLabel = "NAME", description = "NAME[:TAG], such as registry.example/app:1")
        private String name = "";

        @Override
        public Integer call() {
            daemon().request("POST", IMAGES + encoded(image) + "/tag?repo=" + encoded(name));
            return 0;
        }
    }

    @Command(
            name = "rmi",
            mixinStandardHelpOptions = true,
            description = "Take names from images; an image goes with its last one.")
    static final class Remove implements Callable<Integer> {
        @Parameters(arity = "1..*", paramLabel = "IMAGE", description = "by name or id")
        private List<String> images = new ArrayList<>();

        @Option(
                names = {"-f", "--force"},
                description = "though it has several names, or a stopped container is made of it")
        private boolean force;

        @Override
        public Integer call() {
            int code = 0;
            Daemon daemon = daemon();
            for (String image : images) {
                try {
                    JsonNode report = daemon.request("DELETE", IMAGES + encoded(image) + (force ? "?force=1" : ""));
                    report.forEach(line -> line.properties()
                            .forEach(entry -> System.out.println(entry.getKey().toLowerCase(java.util.Locale.ROOT) + " "
                                    + entry.getValue().asString(""))));
                } catch (BerthException e) {
                    code = Main.report(e);
                }
            }
            return code;
        }
    }
}
