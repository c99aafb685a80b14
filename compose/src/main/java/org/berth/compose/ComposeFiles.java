package org.berth.compose;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.compose.yaml.Position;
import org.berth.compose.yaml.YamlReader;
import org.berth.compose.yaml.YamlValue;

/**
 * Finds and reads Compose files (compose-spec). All that is wrong with a file is thrown at once: one
 * {@link BerthException}, a line for each problem, {@code file:line:column: message}; its code is
 * UNSUPPORTED when every problem is something that Compose has and Berth has not, else INVALID.
 */
public final class ComposeFiles {
    private static final List<String> NAMES =
            List.of("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml");
    private static final List<String> OVERRIDES = List.of(
            "compose.override.yaml",
            "compose.override.yml",
            "docker-compose.override.yaml",
            "docker-compose.override.yml");

    private ComposeFiles() {}

    /**
     * Loads a project.
     *
     * @throws BerthException INVALID when there is no file; INVALID or UNSUPPORTED with all that is
     *     wrong in it
     */
    public static LoadedProject load(LoadRequest request) {
        Optional<Path> named = request.file().or(() -> fromEnvironment(request));
        Path file = named.map(path -> request.folder().resolve(path)).orElseGet(() -> found(request.folder()));
        if (named.isEmpty()) {
            refuseOverrides(request.folder());
        }
        Problems problems = new Problems();
        Path folder = file.toAbsolutePath().normalize().resolveSibling(".").normalize();
        Variables variables = new Variables(request.environment(), dotenv(request, folder, problems));
        String name = named.map(Path::toString).orElse(file.normalize().toString());
        Optional<YamlValue> document = YamlReader.read(
                name, readFile(file), problem -> problems.report(problem.position(), problem.message()));
        problems.throwAny();
        if (!(document.orElse(new YamlValue.Null(new Position(name, 1, 1))) instanceof YamlValue.Mapping mapping)) {
            problems.report(new Position(name, 1, 1), "expected a mapping with 'services'");
            problems.throwAny();
            throw new IllegalStateException("a problem was reported");
        }
        Context context = new Context(folder, variables, problems);
        Project project = new ProjectReader(
                        request, context, mapping, file.toAbsolutePath().normalize())
                .read();
        problems.throwAny();
        return new LoadedProject(project, problems.warnings());
    }

    /** The Compose file of a folder, by the names Compose looks for, in its order. */
    public static Optional<Path> find(Path folder) {
        return NAMES.stream().map(folder::resolve).filter(Files::isRegularFile).findFirst();
    }

    private static Path found(Path folder) {
        return find(folder)
                .orElseThrow(() -> new BerthException(
                        ErrorCode.INVALID,
                        "no Compose file in " + folder.toAbsolutePath().normalize() + ": expected "
                                + String.join(", ", NAMES) + ", or name one with -f"));
    }

    /** Compose's own variable; one file only. */
    private static Optional<Path> fromEnvironment(LoadRequest request) {
        return Optional.ofNullable(request.environment().get("COMPOSE_FILE"))
                .filter(text -> !text.isBlank())
                .map(text -> {
                    if (text.contains(":")) {
                        throw new BerthException(
                                ErrorCode.UNSUPPORTED,
                                "COMPOSE_FILE names more than one file, and berth does not merge files yet: name one");
                    }
                    return Path.of(text);
                });
    }

    private static void refuseOverrides(Path folder) {
        OVERRIDES.stream()
                .map(folder::resolve)
                .filter(Files::exists)
                .findFirst()
                .ifPresent(file -> {
                    throw new BerthException(
                            ErrorCode.UNSUPPORTED,
                            file + ": Compose would merge this file, but berth does not have that yet: name the file"
                                    + " to use with -f");
                });
    }

    private static Map<String, String> dotenv(LoadRequest request, Path folder, Problems problems) {
        Path file = folder.resolve(".env");
        if (!Files.exists(file)) {
            return Map.of();
        }
        try {
            return EnvironmentReader.parse(
                    new Variables(request.environment(), Map.of()),
                    file.toString(),
                    EnvironmentReader.readText(file),
                    problems);
        } catch (IOException e) {
            throw new BerthException(ErrorCode.INVALID, file + " can't be read: " + EnvironmentReader.reason(e), e);
        }
    }

    private static String readFile(Path file) {
        try {
            return EnvironmentReader.readText(file);
        } catch (NoSuchFileException e) {
            throw new BerthException(ErrorCode.INVALID, file + " does not exist: a Compose file was expected there", e);
        } catch (IOException e) {
            throw new BerthException(ErrorCode.INVALID, file + " can't be read: " + EnvironmentReader.reason(e), e);
        }
    }
}
