package org.berth.cli;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.base.Json;
import org.berth.base.JsonTree;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Images as files, and what they came from: load, import, export, commit, history, inspect. */
final class ImageArchives {
    private static final String API = "/v1.44";

    private ImageArchives() {}

    private static Daemon daemon() {
        return Daemon.reach(Instance.fromEnvironment(System.getenv()));
    }

    /** Asks for a stream of bytes and puts it into a file, whole or not at all; into standard output without one. */
    static void receive(String path, Optional<Path> file) {
        daemon().bytes("GET", path, in -> {
            if (file.isEmpty()) {
                in.transferTo(System.out);
                System.out.flush();
                return;
            }
            Path draft = file.get().resolveSibling("." + file.get().getFileName() + ".part");
            try {
                try (OutputStream out = new FileOutputStream(draft.toFile())) {
                    in.transferTo(out);
                }
                Files.move(draft, file.get(), StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(draft);
            }
        });
    }

    private static Optional<Path> file(Path path) {
        return Optional.of(path).filter(one -> !one.toString().isEmpty()).map(Path::toAbsolutePath);
    }

    /** Sends a file, or standard input, and says what the daemon answers. */
    private static void send(String path, Path file) {
        try (InputStream in = file.toString().equals("-") ? System.in : Files.newInputStream(file)) {
            daemon().send(path, in, line -> {
                JsonNode message = JsonTree.read(line);
                String text = message.path("stream")
                        .asString(message.path("status").asString(""))
                        .strip();
                if (message.has("error")) {
                    throw new BerthException(
                            ErrorCode.FAILED, message.path("error").asString(""));
                }
                System.out.println(text);
            });
        } catch (IOException e) {
            throw new BerthException(ErrorCode.INVALID, "read " + file + ": " + e.getMessage(), e);
        }
    }

    @Command(
            name = "load",
            mixinStandardHelpOptions = true,
            description = "Take in images from a tar that docker, podman, skopeo or berth save wrote.")
    static final class Load implements Callable<Integer> {
        @Option(
                names = {"-i", "--input"},
                paramLabel = "FILE",
                defaultValue = "-",
                description = "the tar, plain or compressed (default: standard input)")
        private Path file = Path.of("-");

        @Override
        public Integer call() {
            send(API + "/images/load", file);
            return 0;
        }
    }

    @Command(
            name = "import",
            mixinStandardHelpOptions = true,
            description = "Make an image of one layer from a tar of a root file system.")
    static final class Import implements Callable<Integer> {
        @Parameters(index = "0", paramLabel = "FILE", description = "the tar, plain or compressed; - is standard input")
        private Path file = Path.of("-");

        @Parameters(index = "1", arity = "0..1", paramLabel = "NAME", description = "NAME[:TAG]")
        private String name = "";

        @Option(
                names = {"-c", "--change"},
                paramLabel = "INSTRUCTION",
                description = "as in a Dockerfile: 'CMD [\"sh\"]', 'ENV A=b'")
        private List<String> changes = new ArrayList<>();

        @Override
        public Integer call() {
            StringBuilder path = new StringBuilder(API + "/images/create?fromSrc=-");
            if (!name.isEmpty()) {
                path.append("&repo=").append(ImageNames.encoded(name));
            }
            changes.forEach(change -> path.append("&changes=").append(ImageNames.encoded(change)));
            send(path.toString(), file);
            return 0;
        }
    }

    @Command(
            name = "export",
            mixinStandardHelpOptions = true,
            description = "Write a container's root file system as a tar.")
    static final class Export implements Callable<Integer> {
        @Parameters(paramLabel = "CONTAINER", description = "by name or id")
        private String container = "";

        @Option(
                names = {"-o", "--output"},
                paramLabel = "FILE",
                description = "(default: standard output)")
        private Path file = Path.of("");

        @Override
        public Integer call() {
            receive(API + "/containers/" + ImageNames.encoded(container) + "/export", file(file));
            return 0;
        }
    }

    @Command(
            name = "commit",
            mixinStandardHelpOptions = true,
            description = "Make an image of a container's image and what was changed in it; prints its id.")
    static final class Commit implements Callable<Integer> {
        @Parameters(index = "0", paramLabel = "CONTAINER", description = "by name or id")
        private String container = "";

        @Parameters(index = "1", arity = "0..1", paramLabel = "NAME", description = "NAME[:TAG]")
        private String name = "";

        @Option(
                names = {"-c", "--change"},
                paramLabel = "INSTRUCTION",
                description = "as in a Dockerfile: 'CMD [\"sh\"]', 'ENV A=b'")
        private List<String> changes = new ArrayList<>();

        @Option(
                names = {"-m", "--message"},
                paramLabel = "TEXT",
                description = "for the image's history")
        private String message = "";

        @Override
        public Integer call() {
            StringBuilder path = new StringBuilder(API + "/commit?container=" + ImageNames.encoded(container));
            if (!name.isEmpty()) {
                path.append("&repo=").append(ImageNames.encoded(name));
            }
            if (!message.isEmpty()) {
                path.append("&comment=").append(ImageNames.encoded(message));
            }
            changes.forEach(change -> path.append("&changes=").append(ImageNames.encoded(change)));
            System.out.println(
                    daemon().request("POST", path.toString()).path("Id").asString(""));
            return 0;
        }
    }

    @Command(name = "history", mixinStandardHelpOptions = true, description = "Show how an image came to be.")
    static final class History implements Callable<Integer> {
        @Parameters(paramLabel = "IMAGE", description = "by name or id")
        private String image = "";

        @Mixin
        private final Output output = new Output();

        @Override
        public Integer call() {
            JsonNode lines = daemon().request("GET", API + "/images/" + ImageNames.encoded(image) + "/history");
            if (output.json) {
                System.out.println(Json.pretty().writeValueAsString(lines));
                return 0;
            }
            Table table = new Table("AGE", "SIZE", "STEP");
            for (JsonNode line : lines) {
                long age = Instant.now().getEpochSecond() - line.path("Created").asLong(0);
                table.row(
                        Words.span(age),
                        Words.bytes(line.path("Size").asLong(0)),
                        line.path("CreatedBy").asString(""));
            }
            System.out.print(table.print(0));
            return 0;
        }
    }

    @Command(name = "inspect", mixinStandardHelpOptions = true, description = "Show an image as JSON.")
    static final class Inspect implements Callable<Integer> {
        @Parameters(paramLabel = "IMAGE", description = "by name or id")
        private String image = "";

        @Override
        public Integer call() {
            JsonNode found = daemon().request("GET", API + "/images/" + ImageNames.encoded(image) + "/json");
            System.out.println(Json.pretty().writeValueAsString(found));
            return 0;
        }
    }
}
