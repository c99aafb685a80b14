package org.berth.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.compose.ComposeFiles;
import org.berth.compose.LoadRequest;
import org.berth.compose.LoadedProject;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Which project a command is about, alike in every command: {@code -p NAME}, {@code -f FILE}, a
 * first word that is a folder with a Compose file, else the current folder. The words after it are
 * the command's own.
 */
final class ProjectChoice {
    private static final List<String> FILES =
            List.of("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml");

    private static final String FOLDER = "the project's folder (default: the current one)";

    private final String words;
    private final String meaning;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command = CommandSpec.create();

    @Option(
            names = {"-p", "--project-name"},
            paramLabel = "NAME",
            description = "the project's name")
    private Optional<String> projectName = Optional.empty();

    @Option(names = "--profile", paramLabel = "NAME", description = "activate a profile of the Compose file")
    private List<String> profiles = new ArrayList<>();

    @Parameters(arity = "0..*", paramLabel = "[DIR]", hideParamSyntax = true, description = FOLDER)
    private List<String> positional = new ArrayList<>();

    private Optional<LoadedProject> loaded = Optional.empty();

    /** Of a command that has no words of its own. */
    ProjectChoice() {
        this("", "");
    }

    /**
     * @param words the command's own, as its synopsis has them
     * @param meaning what they are
     */
    ProjectChoice(String words, String meaning) {
        this.words = words;
        this.meaning = meaning;
    }

    /** Has each command's help say which words are its own. */
    static void describe(CommandSpec command) {
        command.mixins().values().forEach(mixin -> {
            if (mixin.userObject() instanceof ProjectChoice choice && !choice.words.isEmpty()) {
                PositionalParamSpec positional = command.positionalParameters().getFirst();
                command.remove(positional);
                command.addPositional(PositionalParamSpec.builder(positional)
                        .paramLabel("[DIR] " + choice.words)
                        .description(FOLDER, choice.meaning)
                        .build());
            }
        });
    }

    /** Whether the current folder is a project. */
    static boolean here() {
        return composeFolder(Path.of(""));
    }

    /** Whether a project is named by option, folder or the current folder. */
    boolean named() {
        return projectName.isPresent() || file().isPresent() || folderGiven() || here();
    }

    /** The command's own words. */
    List<String> words() {
        if (folderGiven()) {
            return positional.subList(1, positional.size());
        }
        if (!positional.isEmpty() && positional.getFirst().contains("/")) {
            throw noProject(positional.getFirst());
        }
        return positional;
    }

    /** The words of a program's command line: options of berth itself stand before all of them. */
    List<String> programWords() {
        List<String> words = words();
        if (!words.isEmpty() && words.getFirst().startsWith("-")) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    words.getFirst() + " stands after the folder: berth's own options come before it, as in berth "
                            + command.name() + " " + words.getFirst() + " " + positional.getFirst() + " ...");
        }
        return words;
    }

    /** Every word, the folder with them. */
    List<String> everyWord() {
        return positional;
    }

    /** For commands that take no words of their own. */
    void noMoreWords() {
        if (!words().isEmpty()) {
            throw noProject(words().getFirst());
        }
    }

    private BerthException noProject(String word) {
        return new BerthException(
                ErrorCode.INVALID,
                (Files.isDirectory(Path.of(word))
                                ? "no Compose file (" + String.join(", ", FILES) + ") in " + word
                                : word + " is no folder with a Compose file")
                        + "; name a project by its folder, -f FILE or -p NAME" + buildAlone(word));
    }

    private String buildAlone(String word) {
        return command.name().equals("build") && Files.isDirectory(Path.of(word))
                ? ", or build that folder alone: berth build --tag NAME " + word
                : "";
    }

    /** The project's name; reads the Compose file only where no name was given. */
    String name() {
        return projectName.orElseGet(() -> load().project().name());
    }

    /** The project as its Compose file has it. */
    LoadedProject load() {
        if (loaded.isEmpty()) {
            if (!positional.isEmpty() && !loadable() && System.getenv("COMPOSE_FILE") == null) {
                throw noProject(positional.getFirst());
            }
            Path folder = Path.of(folderGiven() ? positional.getFirst() : "").toAbsolutePath();
            loaded = Optional.of(
                    ComposeFiles.load(new LoadRequest(folder, file(), projectName, profiles, System.getenv())));
            loaded.get().warnings().forEach(warning -> System.err.println("warning: " + warning));
        }
        return loaded.get();
    }

    /** Whether there is a Compose file to load. */
    boolean loadable() {
        return file().isPresent() || folderGiven() || here();
    }

    Instance instance() {
        return Instance.fromEnvironment(System.getenv());
    }

    Daemon daemon() {
        return Daemon.reach(instance());
    }

    private boolean folderGiven() {
        return !positional.isEmpty() && composeFolder(Path.of(positional.getFirst()));
    }

    /** {@code -f} is the command's own option, since {@code logs -f} means to follow. */
    private Optional<Path> file() {
        return Optional.ofNullable(command.findOption("--file"))
                .map(CommandLine.Model.OptionSpec::<Object>getValue)
                .flatMap(value -> value instanceof Optional<?> optional ? optional : Optional.empty())
                .map(value -> Path.of(value.toString()).toAbsolutePath());
    }

    private static boolean composeFolder(Path folder) {
        return FILES.stream().anyMatch(file -> Files.isRegularFile(folder.resolve(file)));
    }
}
