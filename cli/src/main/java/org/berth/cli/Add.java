package org.berth.cli;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import org.berth.compose.ComposeFiles;
import org.berth.compose.LoadRequest;
import org.berth.compose.Project;
import org.berth.compose.add.AddPlan;
import org.berth.compose.add.AddRequest;
import org.berth.compose.add.AddService;
import org.berth.compose.add.ProjectFiles;
import org.berth.compose.add.ServiceKind;
import org.berth.compose.text.Spelling;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "add",
        mixinStandardHelpOptions = true,
        description = "Write a service of one purpose into the Compose file: berth add postgres [DIR].")
final class Add implements Callable<Integer> {
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    /** 32 of 62 characters: 190 bits. */
    private static final int PASSWORD_LENGTH = 32;

    private static final String FILE = "compose.yaml";

    @Parameters(
            index = "0",
            paramLabel = "KIND",
            description = "postgres, mariadb, redis, memcached, rabbitmq, nginx or filer")
    private String kind = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "DIR", description = "the project's folder")
    private Path folder = Path.of("");

    @Option(
            names = {"-n", "--name"},
            paramLabel = "NAME",
            description = "the service's name (default: KIND)")
    private Optional<String> name = Optional.empty();

    @Option(
            names = "--to",
            paramLabel = "SERVICE",
            description = "a service that is to reach it; may stand several times (default: the only one of yours)")
    private List<String> connect = new ArrayList<>();

    @Mixin
    private final ProjectFile file = new ProjectFile();

    @Mixin
    private final Output output = new Output();

    @Override
    public Integer call() {
        ServiceKind chosen = ServiceKind.of(kind).orElseThrow(() -> unknown(kind));
        Path compose = file.file().or(() -> ComposeFiles.find(folder)).orElse(folder.resolve(FILE));
        Optional<String> text = ProjectFiles.text(compose);
        Optional<Project> project = text.filter(written -> !written.isBlank())
                .map(_ -> ComposeFiles.load(new LoadRequest(
                                folder.toAbsolutePath(),
                                Optional.of(compose.toAbsolutePath()),
                                Optional.empty(),
                                List.of(),
                                System.getenv()))
                        .project());
        AddRequest request = new AddRequest(chosen, compose, name.orElse(chosen.name()), connect);
        AddPlan plan = AddService.plan(
                request, text.filter(written -> !written.isBlank()), project, () -> password(new SecureRandom()));
        ProjectFiles.write(compose, plan);
        if (output.json) {
            System.out.println(Json.MAPPER.writeValueAsString(Map.of(
                    "service", request.name(),
                    "file", compose.toAbsolutePath().normalize(),
                    "files", plan.files().stream().map(AddPlan.NewFile::path).toList(),
                    "connected", plan.connected(),
                    "notes", plan.notes())));
        } else if (!output.quiet) {
            print(request, plan);
        }
        return 0;
    }

    private static void print(AddRequest request, AddPlan plan) {
        System.out.println("added " + request.name() + " to " + request.file() + ": "
                + request.kind().summary());
        plan.files().forEach(one -> System.out.println("  wrote " + one.path()));
        if (!plan.connected().isEmpty()) {
            System.out.println("  connected with " + String.join(", ", plan.connected()));
        }
        plan.notes().forEach(note -> System.err.println("note: " + note));
    }

    private static BerthException unknown(String word) {
        List<String> kinds = ServiceKind.ALL.stream().map(ServiceKind::name).toList();
        return new BerthException(
                ErrorCode.INVALID,
                "there is no kind of service " + word
                        + Spelling.nearest(word, kinds)
                                .map(near -> ": did you mean " + near + "?")
                                .orElse("; there are " + String.join(", ", kinds)));
    }

    private static String password(SecureRandom random) {
        return random.ints(PASSWORD_LENGTH, 0, ALPHABET.length())
                .mapToObj(index -> ALPHABET.substring(index, index + 1))
                .collect(Collectors.joining());
    }
}
