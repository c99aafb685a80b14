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
     * @throws BerthException NOT_FOUND when there is no file; INVALID or UNSUPPORTED with all that is
     *     wrong in it
     */
    public static LoadedProject load(LoadRequest request) {
        Path file = request.file()
                .map(path -> request.folder().resolve(path))
                .orElseGet(() -> find(request.folder())
                        .orElseThrow(() -> new BerthException(
                                ErrorCode.NOT_FOUND,
                                "no Compose file in "
                                        + request.folder().toAbsolutePath().normalize() + ": expected "
                                        + String.join(", ", NAMES) + ", or name one with -f")));
        if (request.file().isEmpty()) {
            refuseOverrides(request.folder());
        }
        Problems problems = new Problems();
        Path folder = file.toAbsolutePath().normalize().resolveSibling(".").normalize();
        Variables variables = new Variables(request.environment(), dotenv(request, folder, problems));
        String name = displayName(request, file);
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

    private static void refuseOverrides(Path folder) {
        OVERRIDES.stream()
                .map(folder::resolve)
                .filter(Files::exists)
                .findFirst()
                .ifPresent(file -> {
                    throw new BerthException(
                            ErrorCode.UNSUPPORTED,
                            file
                                    + ": Compose would merge this file, but berth does not have that yet: name the file to use"
                                    + " with -f");
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
            throw new BerthException(ErrorCode.NOT_FOUND, file + " does not exist", e);
        } catch (IOException e) {
            throw new BerthException(ErrorCode.INVALID, file + " can't be read: " + EnvironmentReader.reason(e), e);
        }
    }

    /** The file as the user would name it. */
    private static String displayName(LoadRequest request, Path file) {
        return request.file().map(Path::toString).orElse(file.normalize().toString());
    }
}
