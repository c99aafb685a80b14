package org.berth.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.berth.base.Instance;
import org.berth.base.Json;
import tools.jackson.databind.JsonNode;

/** The {@code berth} command as a user runs it, in an instance of the test's own. */
final class BerthCommand {
    private static final int MINUTES_MAX = 12;

    private final Path home;
    private final Map<String, String> environment = new HashMap<>();

    BerthCommand(Instance instance, Map<String, String> more) {
        home = home();
        environment.put("BERTH_ROOT", instance.root().toString());
        environment.put("BERTH_RUN", instance.run().toString());
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        Path stage = home.resolve("build/stage");
        if (Files.isDirectory(stage.resolve("cli"))) {
            environment.put("BERTH_DIST", stage.toString());
        }
        environment.putAll(more);
    }

    /** The project's own folder: the nearest one above that holds the launcher. */
    static Path home() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.isExecutable(folder.resolve("berth")) || !Files.isRegularFile(folder.resolve("pom.xml"))) {
            folder = folder.resolve("..").normalize();
        }
        return folder;
    }

    record Outcome(int code, String output, String errors) {
        /** The last line of standard output. */
        String lastLine() {
            return output.lines().reduce((first, second) -> second).orElse("");
        }

        JsonNode json() {
            return Json.MAPPER.readTree(output);
        }
    }

    /** Runs a command to its end; the command's own exit code is in the outcome. */
    Outcome run(String... arguments) {
        List<String> command = new ArrayList<>(List.of(home.resolve("berth").toString()));
        command.addAll(List.of(arguments));
        Path errors;
        try {
            errors = Files.createTempFile("berth-acceptance-", ".err");
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectError(errors.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(MINUTES_MAX, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                throw new AssertionError("berth " + String.join(" ", arguments) + " did not end");
            }
            String said = Files.readString(errors);
            Files.delete(errors);
            return new Outcome(process.exitValue(), output, said);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Runs a command that must succeed. */
    Outcome succeed(String... arguments) {
        Outcome outcome = run(arguments);
        if (outcome.code() != 0) {
            throw new AssertionError("berth " + String.join(" ", arguments) + " ended with " + outcome.code() + ":\n"
                    + outcome.errors() + outcome.output());
        }
        return outcome;
    }
}
