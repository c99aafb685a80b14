package org.berth.compose;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.berth.compose.text.Dotenv;
import org.berth.compose.yaml.Position;
import org.berth.compose.yaml.YamlValue;

/** A service's {@code env_file}s, in their order, with {@code environment} on top. */
final class EnvironmentReader {
    private static final long FILE_BYTES_MAX = 1_000_000;

    private EnvironmentReader() {}

    static Map<String, String> read(Fields service) {
        Map<String, String> environment = new LinkedHashMap<>();
        service.value("env_file").ifPresent(value -> {
            if (value instanceof YamlValue.Sequence sequence) {
                sequence.items().forEach(item -> addFile(service, item, environment));
            } else {
                addFile(service, value, environment);
            }
        });
        environment.putAll(TextMaps.variables(service, "environment"));
        return environment;
    }

    private static void addFile(Fields service, YamlValue item, Map<String, String> environment) {
        Context context = service.context();
        if (item instanceof YamlValue.Scalar scalar) {
            environment.putAll(file(context, context.text(scalar), true, item.position()));
            return;
        }
        Fields.of(context, service.name("env_file"), item, Keys.ENVIRONMENT_FILE)
                .ifPresent(fields -> {
                    Optional<String> path = fields.text("path");
                    if (path.isEmpty()) {
                        context.problems().report(item.position(), fields.where() + " needs a 'path'");
                    } else {
                        environment.putAll(
                                file(context, path.get(), fields.flag("required", true), fields.valuePosition("path")));
                    }
                });
    }

    private static Map<String, String> file(Context context, String path, boolean required, Position position) {
        Path file = Path.of(context.path(path));
        Optional<String> text = Optional.empty();
        try {
            text = Optional.of(readText(file));
        } catch (NoSuchFileException e) {
            if (required) {
                context.problems().report(position, "env_file " + file + " does not exist");
            }
        } catch (IOException e) {
            context.problems().report(position, "env_file " + file + " can't be read: " + reason(e));
        }
        return text.map(content -> parse(context.variables(), file.toString(), content, context.problems()))
                .orElse(Map.of());
    }

    /** The variables of an environment file. */
    static Map<String, String> parse(Variables variables, String file, String text, Problems problems) {
        return Dotenv.parse(
                text,
                variables::find,
                problem -> problems.report(new Position(file, problem.line(), 1), problem.message()));
    }

    /** A file's text; refuses what is larger than a person writes. */
    static String readText(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IOException("is a folder");
        }
        if (Files.size(file) > FILE_BYTES_MAX) {
            throw new IOException("larger than " + FILE_BYTES_MAX + " bytes");
        }
        return Files.readString(file);
    }

    /** Why a file can't be read. */
    static String reason(IOException e) {
        return switch (e) {
            case CharacterCodingException ignored -> "not UTF-8";
            case java.nio.file.AccessDeniedException ignored -> "permission denied";
            default -> String.valueOf(e.getMessage());
        };
    }
}
