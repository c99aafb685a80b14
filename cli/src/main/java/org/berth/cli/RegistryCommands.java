package org.berth.cli;

import java.io.Console;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.base.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What concerns registries: pull, push, login, logout. */
final class RegistryCommands {
    private static final String DEFAULT_REGISTRY = "docker.io";

    private RegistryCommands() {}

    /** A stream of work about one image by name. */
    private static int work(String path, String name, boolean allPlatforms, Output output) {
        ObjectNode request = Json.MAPPER.createObjectNode().put("name", name).put("allPlatforms", allPlatforms);
        JsonNode result;
        try (View view = View.choose(output.quiet || output.json)) {
            result = daemon().stream("POST", path, request, view::show);
        }
        if (output.json) {
            System.out.println(Json.pretty().writeValueAsString(result));
        } else if (!output.quiet) {
            System.out.println(result.path("name").asString("") + " "
                    + result.path("image").asString(""));
        }
        return 0;
    }

    private static Daemon daemon() {
        return Daemon.reach(Instance.fromEnvironment(System.getenv()));
    }

    @Command(
            name = "pull",
            mixinStandardHelpOptions = true,
            description = "Fetch an image from its registry; prints its id.")
    static final class Pull implements Callable<Integer> {
        @Parameters(paramLabel = "IMAGE", description = "NAME[:TAG][@DIGEST]")
        private String name = "";

        @Option(
                names = "--all-platforms",
                description = "keep it for all platforms that it is for, to push and serve it on")
        private boolean allPlatforms;

        @Mixin
        private final Output output = new Output();

        @Override
        public Integer call() {
            return work("/berth/v1/images/pull", name, allPlatforms, output);
        }
    }

    @Command(
            name = "push",
            mixinStandardHelpOptions = true,
            description = "Send an image to the registry that its name begins with; prints its digest.")
    static final class Push implements Callable<Integer> {
        @Parameters(paramLabel = "IMAGE", description = "NAME[:TAG], such as registry.example/app:1; see berth tag")
        private String name = "";

        @Option(
                names = "--all-platforms",
                description =
                        "for all platforms that it was pulled for (pull --all-platforms), not this machine's only")
        private boolean allPlatforms;

        @Mixin
        private final Output output = new Output();

        @Override
        public Integer call() {
            return work("/berth/v1/images/push", name, allPlatforms, output);
        }
    }

    @Command(
            name = "login",
            mixinStandardHelpOptions = true,
            description = "Keep credentials for a registry, where docker keeps them (~/.docker/config.json).")
    static final class Login implements Callable<Integer> {
        @Parameters(arity = "0..1", paramLabel = "REGISTRY", description = "default: " + DEFAULT_REGISTRY)
        private String registry = DEFAULT_REGISTRY;

        @Option(
                names = {"-u", "--username"},
                paramLabel = "NAME",
                description = "who; asked for when it is missing")
        private String user = "";

        @Option(names = "--password-stdin", description = "read the password from standard input")
        private boolean passwordFromInput;

        @Override
        public Integer call() throws IOException {
            ObjectNode request = Json.MAPPER
                    .createObjectNode()
                    .put("registry", registry)
                    .put("user", user.isEmpty() ? asked("user: ") : user)
                    .put("password", password());
            JsonNode reply = daemon().request("POST", "/berth/v1/registries/login", request);
            System.out.println("logged in to " + reply.path("registry").asString("") + "; kept by "
                    + reply.path("kept").asString(""));
            return 0;
        }

        private String password() throws IOException {
            if (passwordFromInput) {
                String text = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
                return text.replaceFirst("\r?\n$", "");
            }
            char[] typed = console().readPassword("password: ");
            return typed == null ? "" : new String(typed);
        }

        private static String asked(String question) {
            String typed = console().readLine(question);
            return typed == null ? "" : typed.strip();
        }

        private static Console console() {
            Console console = System.console();
            if (console == null || !console.isTerminal()) {
                throw new BerthException(
                        ErrorCode.INVALID, "no terminal to ask on; give --username and --password-stdin");
            }
            return console;
        }
    }

    @Command(name = "logout", mixinStandardHelpOptions = true, description = "Forget the credentials for a registry.")
    static final class Logout implements Callable<Integer> {
        @Parameters(arity = "0..1", paramLabel = "REGISTRY", description = "default: " + DEFAULT_REGISTRY)
        private String registry = DEFAULT_REGISTRY;

        @Override
        public Integer call() {
            ObjectNode request = Json.MAPPER.createObjectNode().put("registry", registry);
            JsonNode reply = daemon().request("POST", "/berth/v1/registries/logout", request);
            boolean removed = reply.path("removed").asBoolean(false);
            System.out.println((removed ? "logged out of " : "was not logged in to ")
                    + reply.path("registry").asString(""));
            return 0;
        }
    }

    @Command(
            name = "registry",
            mixinStandardHelpOptions = true,
            description = "Serve the images to other machines and tools, until Ctrl-C (the daemon: BERTH_REGISTRY).")
    static final class Serve implements Callable<Integer> {
        @Option(
                names = "--listen",
                paramLabel = "ADDRESS:PORT",
                defaultValue = "127.0.0.1:5000",
                description = "where (default ${DEFAULT-VALUE})")
        private String address = "";

        @Option(
                names = "--push",
                paramLabel = "WHO",
                defaultValue = "no",
                description = "who may push: no, open (anybody), or a file as htpasswd -B writes it")
        private String push = "";

        @Option(
                names = "--certificate",
                paramLabel = "FILE",
                description = "speak TLS: this server's PEM certificate, then those between it and an authority")
        private String certificate = "";

        @Option(names = "--key", paramLabel = "FILE", description = "the certificate's key (PEM, PKCS #8)")
        private String key = "";

        @Override
        public Integer call() {
            boolean file = !List.of("no", "open").contains(push);
            ObjectNode request = Json.MAPPER
                    .createObjectNode()
                    .put("address", address)
                    .put("push", file ? absolute(push) : push)
                    .put("certificate", absolute(certificate))
                    .put("key", absolute(key));
            daemon().stream("POST", "/berth/v1/registry", request, event -> {
                System.out.println(event.path("subject").asString("") + ": "
                        + event.path("status").asString("") + "; end with Ctrl-C");
            });
            return 0;
        }

        /** The daemon works in a folder of its own. */
        private static String absolute(String file) {
            return file.isEmpty()
                    ? ""
                    : Path.of(file).toAbsolutePath().normalize().toString();
        }
    }
}
