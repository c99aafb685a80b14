package org.berth.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/** What a build may be told besides its folder, its stage and its arguments. */
final class BuildFlags {
    @Option(
            names = "--secret",
            paramLabel = "id=ID[,src=FILE|,env=NAME]",
            description = "a secret for RUN --mount=type=secret; read here, kept nowhere")
    private List<String> secrets = new ArrayList<>();

    @Option(
            names = "--ssh",
            paramLabel = "ID[=SOCKET]",
            description = "an agent's socket for RUN --mount=type=ssh (default: $SSH_AUTH_SOCK)")
    private List<String> agents = new ArrayList<>();

    @Option(names = "--platform", paramLabel = "OS/ARCH", description = "what the image is for")
    private Optional<String> platform = Optional.empty();

    @Option(names = "--pull", description = "look for newer base images")
    private boolean pull;

    @Option(names = "--allow", paramLabel = "RIGHT", description = "grant steps network.host or security.insecure")
    private List<String> rights = new ArrayList<>();

    @Option(names = "--label", paramLabel = "NAME=VALUE", description = "a label of the image")
    private Map<String, String> labels = new LinkedHashMap<>();

    @Option(
            names = "--cache-from",
            paramLabel = "PLACE",
            description = "steps that were done elsewhere: type=registry,ref=NAME or type=local,src=FOLDER")
    private List<String> cacheFrom = new ArrayList<>();

    @Option(
            names = "--cache-to",
            paramLabel = "PLACE",
            description = {
                "tell what steps made: type=registry,ref=NAME or type=local,dest=FOLDER;",
                "with mode=max the layers of all steps, not only the image's"
            })
    private List<String> cacheTo = new ArrayList<>();

    @Option(
            names = "--progress",
            paramLabel = "KIND",
            description = "auto, tty, plain, rawjson (a record of JSON a line) or quiet")
    private String progress = "auto";

    /** Adds all to a request. */
    void addTo(ObjectNode request) {
        ObjectNode contents = request.putObject("secrets");
        secrets.forEach(text -> secret(text, contents));
        ObjectNode sockets = request.putObject("agents");
        agents.forEach(text -> agent(text, sockets));
        platform.ifPresent(text -> request.put("platform", text));
        request.put("pull", pull);
        rights.forEach(request.putArray("allow")::add);
        ObjectNode pairs = request.putObject("labels");
        labels.forEach(pairs::put);
        cacheFrom.stream().map(BuildFlags::cache).forEach(request.putArray("cacheFrom")::add);
        cacheTo.stream().map(BuildFlags::cache).forEach(request.putArray("cacheTo")::add);
    }

    /** A place of a cache, with its folder as the daemon finds it. */
    private static String cache(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(field -> {
                    String name = field.substring(0, field.indexOf('=') + 1);
                    return name.equals("src=") || name.equals("dest=")
                            ? name + absolute(Path.of(field.substring(name.length())))
                            : field;
                })
                .collect(Collectors.joining(","));
    }

    /** How the build of an image of this name is shown. */
    View view(boolean quiet, String name) {
        return switch (progress) {
            case "auto" -> quiet || !Screen.interactive() ? View.choose(quiet) : new BuildView(new Screen(), name);
            case "quiet" -> new QuietView();
            case "plain" -> new PlainView(System.err);
            case "rawjson" -> new RawView(System.err);
            case "tty" -> new BuildView(new Screen(), name);
            default ->
                throw new BerthException(
                        ErrorCode.INVALID, "--progress=" + progress + ": expected auto, tty, plain, rawjson or quiet");
        };
    }

    private static String absolute(Path folder) {
        return folder.toAbsolutePath().normalize().toString();
    }

    private static void secret(String text, ObjectNode contents) {
        Map<String, String> fields = new LinkedHashMap<>();
        for (String field : text.split(",", -1)) {
            int equals = field.indexOf('=');
            fields.put(equals < 0 ? field : field.substring(0, equals), equals < 0 ? "" : field.substring(equals + 1));
        }
        String id = fields.getOrDefault("id", "");
        if (id.isEmpty()) {
            throw new BerthException(
                    ErrorCode.INVALID, "--secret " + text + ": expected id=ID,src=FILE or id=ID,env=NAME");
        }
        String variable = fields.getOrDefault("env", id);
        Optional<String> file =
                Optional.ofNullable(fields.get("src")).or(() -> Optional.ofNullable(fields.get("source")));
        try {
            byte[] content = file.isPresent()
                    ? Files.readAllBytes(Path.of(file.get()))
                    : Optional.ofNullable(System.getenv(variable))
                            .orElseThrow(() -> new BerthException(
                                    ErrorCode.INVALID, "--secret id=" + id + ": there is no variable " + variable))
                            .getBytes(StandardCharsets.UTF_8);
            contents.put(id, Base64.getEncoder().encodeToString(content));
        } catch (IOException e) {
            throw new BerthException(
                    ErrorCode.INVALID, "--secret id=" + id + ": " + file.orElse("") + " can't be read", e);
        }
    }

    private static void agent(String text, ObjectNode sockets) {
        int equals = text.indexOf('=');
        String id = equals < 0 ? text : text.substring(0, equals);
        String socket = equals < 0
                ? Optional.ofNullable(System.getenv("SSH_AUTH_SOCK")).orElse("")
                : text.substring(equals + 1);
        if (socket.isEmpty()) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "--ssh " + text + ": SSH_AUTH_SOCK is not set; expected --ssh " + id + "=SOCKET");
        }
        sockets.put(id, absolute(Path.of(socket)));
    }
}
