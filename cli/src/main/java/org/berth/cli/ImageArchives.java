package org.berth.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.FileErrors;
import org.berth.base.Instance;
import org.berth.base.Json;
import org.berth.base.JsonTree;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Images as files, and what they came from: load, import, export, commit, diff, history, inspect. */
final class ImageArchives {
    private static final String API = "/v1.44";
    private static final int BUFFER_BYTES = 64 * 1024;

    private ImageArchives() {}

    private static Daemon daemon() {
        return Daemon.reach(Instance.fromEnvironment(System.getenv()));
    }

    /** Asks for a stream of bytes and puts it into a file, whole or not at all; into standard output without one. */
    static void receive(String path, Optional<Path> file) {
        daemon().bytes("GET", path, in -> {
            if (file.isEmpty()) {
                write(in, System.out, "standard output");
                System.out.flush();
                return;
            }
            Path draft = file.get().resolveSibling("." + file.get().getFileName() + ".part");
            try (OutputStream out = opened(draft, file.get())) {
                write(in, out, file.get().toString());
            } catch (IOException | BerthException e) {
                Files.deleteIfExists(draft);
                throw e;
            }
            Files.move(draft, file.get(), StandardCopyOption.REPLACE_EXISTING);
        });
    }

    private static OutputStream opened(Path draft, Path file) {
        try {
            return Files.newOutputStream(draft);
        } catch (IOException e) {
            throw refused("write " + file, e);
        }
    }

    /** What fails on this side is told from what fails on the daemon's. */
    private static void write(InputStream in, OutputStream out, String target) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            try {
                out.write(buffer, 0, count);
            } catch (IOException e) {
                throw refused("write " + target, e);
            }
        }
    }

    private static BerthException refused(String action, IOException e) {
        if (FileErrors.isFull(e)) {
            return new BerthException(ErrorCode.EXHAUSTED, action + ": no space left on device", e);
        }
        String reason = switch (e) {
            case NoSuchFileException missing -> "there is no such file or folder";
            case AccessDeniedException denied -> "permission denied";
            default -> String.valueOf(e.getMessage());
        };
        return new BerthException(ErrorCode.INVALID, action + ": " + reason, e);
    }

    private static Optional<Path> file(Path path) {
        return Optional.of(path).filter(one -> !one.toString().isEmpty()).map(Path::toAbsolutePath);
    }

    /** Sends a file, or standard input, and says what the daemon answers. */
    private static void send(String path, Path file) {
        if (Files.isDirectory(file)) {
            throw new BerthException(ErrorCode.INVALID, "read " + file + ": it is a folder, expected a tar");
        }
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
            throw refused("read " + file, e);
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

    @Command(
            name = "diff",
            mixinStandardHelpOptions = true,
            description = "Show what was changed in a container's root: A added, C changed, D removed.")
    static final class Diff implements Callable<Integer> {
        private static final List<String> KINDS = List.of("C", "A", "D");

        @Parameters(paramLabel = "CONTAINER", description = "by name or id")
        private String container = "";

        @Mixin
        private final Output output = new Output();

        @Override
        public Integer call() {
            JsonNode changes =
                    daemon().request("GET", API + "/containers/" + ImageNames.encoded(container) + "/changes");
            if (output.json) {
                System.out.println(Json.pretty().writeValueAsString(changes));
                return 0;
            }
            for (JsonNode change : changes) {
                System.out.println(KINDS.get(change.path("Kind").asInt(0)) + " "
                        + change.path("Path").asString(""));
            }
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
