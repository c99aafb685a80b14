package org.berth.builder;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.berth.builder.GraphPlanner.StageEnd;
import org.berth.builder.dockerfile.DockerfileParser;
import org.berth.builder.dockerfile.Instruction;
import org.berth.builder.dockerfile.Instruction.CopyFlags;
import org.berth.builder.dockerfile.Instruction.RunSecurity;
import org.berth.builder.dockerfile.Invocation;
import org.berth.builder.dockerfile.Lint;
import org.berth.builder.dockerfile.LintRule;
import org.berth.builder.dockerfile.RunMount;
import org.berth.builder.dockerfile.RunMountReader;
import org.berth.builder.dockerfile.Words;
import org.berth.image.ImageConfig;
import org.berth.image.ImageHealth;

/** One stage: its instructions in their order, those that change files as steps, the others as changes of its configuration. */
final class StagePlanner {
    private static final String DEFAULT_AGENT = "/run/buildkit/ssh_agent.";
    /** What a line with another interpreter lies below, while it runs. */
    static final String SCRIPT_FOLDER = "/dev/pipes/";

    private final GraphPlanner graph;
    private final int number;
    private final String prefix;
    private final Instruction.From from;
    private final StageEnd base;
    private final Map<String, String> arguments = new LinkedHashMap<>();
    private final Set<String> declared = new HashSet<>();
    private ConfigEditor editor;
    private ImageConfig config;
    private int node;
    private int step;
    private int steps;
    private boolean commandSet;
    private boolean folderSet;

    StagePlanner(GraphPlanner graph, int number, String prefix, Instruction.From from, StageEnd base) {
        this.graph = graph;
        this.number = number;
        this.prefix = prefix;
        this.from = from;
        this.base = base;
        this.config = base.config();
        this.folderSet = base.folderSet();
        this.editor = new ConfigEditor(config);
        this.node = base.node();
    }

    StageEnd plan(List<Instruction> instructions) {
        List<Instruction> all = new ArrayList<>();
        base.config().onBuild().forEach(trigger -> all.add(DockerfileParser.trigger(trigger, from.place())));
        all.addAll(instructions);
        change(editor.withoutOnBuild());
        step = 1; // FROM is the first
        steps = 1
                + (int) all.stream()
                        .filter(one -> one instanceof Instruction.Run || one instanceof Instruction.Copy)
                        .count();
        all.forEach(this::apply);
        return new StageEnd(node, config, base.platform(), folderSet);
    }

    private void change(ConfigEditor changed) {
        editor = changed;
        config = changed.config();
    }

    private void apply(Instruction instruction) {
        switch (instruction) {
            case Instruction.Run run -> run(run);
            case Instruction.Copy copy -> copy(copy);
            case Instruction.From other -> throw new IllegalStateException("FROM inside a stage: " + other);
            case Instruction.Argument argument -> argument.declarations().forEach(one -> declare(argument, one));
            case Instruction.Maintainer _ -> {
                // LABEL took its place
            }
            default -> configure(instruction);
        }
    }

    private void configure(Instruction instruction) {
        switch (instruction) {
            case Instruction.Environment environment -> environment(environment);
            case Instruction.Label label ->
                label.pairs().forEach(pair -> editor.label(expand(label, pair.name()), expand(label, pair.value())));
            case Instruction.WorkingDirectory folder -> editor.workingDirectory(folder(folder));
            case Instruction.User user -> editor.user(user(user));
            case Instruction.Expose expose ->
                Ports.of(words(expose, expose.ports()), expose.origin(), graph.lint())
                        .forEach(editor::expose);
            case Instruction.Volume volume -> volume.paths().forEach(path -> editor.volume(volume(volume, path)));
            case Instruction.Command command -> {
                json(command, command.command());
                commandSet = true;
                editor.command(command.command().arguments(shell()));
            }
            case Instruction.Entrypoint entrypoint -> {
                json(entrypoint, entrypoint.command());
                editor.entrypoint(entrypoint.command().arguments(shell()));
                if (!commandSet) {
                    // a command that the base image had is no argument of another entrypoint
                    editor.command(List.of());
                }
            }
            case Instruction.HealthCheck check -> editor.health(health(check));
            case Instruction.StopSignal signal -> editor.stopSignal(expand(signal, signal.signal()));
            case Instruction.Shell shell -> editor.shell(shell.words());
            case Instruction.OnBuild trigger -> editor.onBuild(trigger.trigger());
            default -> throw new IllegalStateException("no configuration: " + instruction);
        }
        change(editor);
    }

    private void json(Instruction instruction, Invocation command) {
        if (command.shell() && config.shell().isEmpty()) {
            graph.lint()
                    .warn(
                            LintRule.JSON_ARGS_RECOMMENDED,
                            instruction.origin(),
                            "JSON arguments recommended for "
                                    + instruction.origin().keyword()
                                    + " to prevent unintended behavior related to OS signals");
        }
    }

    private void environment(Instruction.Environment environment) {
        // all values are expanded with the environment as it was before the instruction
        Map<String, String> before = variables();
        environment
                .pairs()
                .forEach(pair -> editor.environment(
                        expand(environment, pair.name(), before), expand(environment, pair.value(), before)));
    }

    private void run(Instruction.Run run) {
        if (!base.platform().runs()) {
            throw run.place()
                    .unsupported("RUN for " + base.platform() + " on " + Platform.HERE
                            + ": the kernel has no emulator for it; expected one in binfmt_misc");
        }
        Map<String, String> scope = new TreeMap<>(arguments);
        scope.keySet().removeAll(BuildState.environment(config).keySet());
        List<RunMount> mounts = new ArrayList<>();
        Map<String, Integer> sources = new TreeMap<>();
        for (String text : run.mounts()) {
            RunMountReader.from(text, run.place())
                    .ifPresent(name -> sources.put(name, graph.source(name, number, run.place())));
            mounts.add(absolute(RunMountReader.read(text, value -> expand(run, value), run.place())));
        }
        Invocation command = run.command();
        List<String> words = command.script()
                .map(script -> List.of(SCRIPT_FOLDER + script.name()))
                .orElseGet(() -> command.arguments(shell()));
        Operation operation = new Operation.Run(
                run.place(),
                run.text(),
                words,
                scope,
                mounts,
                sources,
                run.network(),
                run.security() == RunSecurity.INSECURE ? RunSecurity.INSECURE : RunSecurity.SANDBOX,
                command.script());
        node = graph.add(id(), operation, Optional.of(node), List.copyOf(sources.values()), config);
    }

    private RunMount absolute(RunMount mount) {
        return switch (mount) {
            case RunMount.Bind bind ->
                new RunMount.Bind(path(bind.target()), bind.from(), bind.source(), bind.readOnly());
            case RunMount.Cache cache ->
                new RunMount.Cache(
                        path(cache.target()),
                        cache.id().equals(cache.target()) ? path(cache.target()) : cache.id(),
                        cache.sharing(),
                        cache.readOnly(),
                        cache.from(),
                        cache.source(),
                        cache.access());
            case RunMount.Memory memory -> new RunMount.Memory(path(memory.target()), memory.bytesMax());
            case RunMount.Secret secret ->
                new RunMount.Secret(
                        secret.target().isEmpty() ? "" : path(secret.target()),
                        secret.id(),
                        secret.variable(),
                        secret.required(),
                        secret.access());
            case RunMount.Agent agent ->
                new RunMount.Agent(
                        agent.target().isEmpty() ? DEFAULT_AGENT + "0" : path(agent.target()),
                        agent.id(),
                        agent.required(),
                        agent.access());
        };
    }

    private String path(String target) {
        return ImagePaths.plain(ImagePaths.resolve(workingDirectory(), target));
    }

    private void copy(Instruction.Copy copy) {
        CopyFlags flags = copy.flags();
        List<Integer> inputs = new ArrayList<>();
        List<Operation.Part> parts = new CopyPlanner(copy, word -> expand(copy, word), this::content)
                .parts(flags.from().map(name -> {
                    int source = graph.source(fromName(copy, name), number, copy.place());
                    inputs.add(source);
                    return source;
                }));
        parts.forEach(part -> ignored(copy, part));
        Operation.CopyManner manner = new Operation.CopyManner(
                flags.owner().map(text -> expand(copy, text)).filter(text -> !text.isEmpty()),
                flags.mode().map(text -> expand(copy, text)).filter(text -> !text.isEmpty()),
                flags.parents(),
                flags.excludes(),
                flags.unpack().orElse(copy.add()));
        manner.mode().ifPresent(mode -> FileMode.parse(mode, copy.place()));
        String target = ImagePaths.resolve(workingDirectory(), expand(copy, copy.target()));
        Operation operation = new Operation.Copy(copy.place(), copy.text(), parts, target, manner, flags.link());
        String id = id();
        if (flags.link()) {
            int layer = graph.add(id, operation, Optional.empty(), inputs, config);
            node = graph.add("", new Operation.Link(copy.text(), layer), Optional.of(node), List.of(layer), config);
        } else {
            node = graph.add(id, operation, Optional.of(node), inputs, config);
        }
    }

    private void ignored(Instruction.Copy copy, Operation.Part part) {
        if (part instanceof Operation.Part.Context paths) {
            paths.sources().stream()
                    .filter(graph.request().rules()::surelyIgnores)
                    .forEach(path -> graph.lint()
                            .warn(
                                    LintRule.COPY_IGNORED_FILE,
                                    copy.origin(),
                                    "Attempting to " + (copy.add() ? "Add" : "Copy") + " file \"" + path
                                            + "\" that is excluded by .dockerignore"));
        }
    }

    private static String fromName(Instruction.Copy copy, String name) {
        if (name.indexOf('$') >= 0) {
            throw copy.place()
                    .invalid("--from=" + name + ": variable expansion is not supported for --from, define a new stage"
                            + " with FROM using ARG from global scope as a workaround");
        }
        return name;
    }

    private String content(Instruction instruction, String text) {
        Words.Expanded expanded = Words.content(text, variables(), instruction.place());
        undefined(instruction, expanded.unknown(), variables());
        return expanded.text();
    }

    private void declare(Instruction.Argument argument, Instruction.Declaration declaration) {
        String name = declaration.name();
        Map<String, String> given = graph.variables().given();
        Map<String, String> globals = graph.variables().values();
        declared.add(name);
        if (given.containsKey(name)) {
            arguments.put(name, given.getOrDefault(name, ""));
        } else if (declaration.standard().isPresent()) {
            arguments.put(name, expand(argument, declaration.standard().get()));
        } else if (globals.containsKey(name)) {
            arguments.put(name, globals.getOrDefault(name, ""));
        }
    }

    private String folder(Instruction.WorkingDirectory folder) {
        String path = expand(folder, folder.path());
        if (path.isBlank()) {
            throw folder.place().invalid("WORKDIR '" + folder.path() + "' is empty");
        }
        if (!folderSet && !path.startsWith("/")) {
            graph.lint()
                    .warn(
                            LintRule.WORKDIR_RELATIVE_PATH,
                            folder.origin(),
                            "Relative workdir \"" + path + "\" can have unexpected results if the base image changes");
        }
        folderSet = true;
        String resolved = ImagePaths.plain(ImagePaths.resolve(workingDirectory(), path));
        return ImagePaths.ordinary(resolved, "WORKDIR", folder.place());
    }

    private String volume(Instruction.Volume volume, String path) {
        String resolved = ImagePaths.plain(ImagePaths.resolve("/", expand(volume, path)));
        if (resolved.equals("/")) {
            throw volume.place().invalid("VOLUME '" + path + "': a folder below the root was expected");
        }
        return ImagePaths.ordinary(resolved, "VOLUME", volume.place());
    }

    private String user(Instruction.User user) {
        String text = expand(user, user.user());
        if (text.isBlank() || text.chars().anyMatch(Character::isWhitespace)) {
            throw user.place().invalid("USER '" + text + "': expected NAME, NUMBER, NAME:GROUP or NUMBER:NUMBER");
        }
        return text;
    }

    private static ImageHealth health(Instruction.HealthCheck check) {
        List<String> test = new ArrayList<>();
        if (check.probe().isEmpty()) {
            test.add("NONE");
        } else {
            test.add(check.probe().get().shell() ? "CMD-SHELL" : "CMD");
            test.addAll(check.probe().get().words());
        }
        return new ImageHealth(
                List.copyOf(test),
                check.interval(),
                check.timeout(),
                check.startPeriod(),
                check.startInterval(),
                check.retries());
    }

    private List<String> shell() {
        return config.shell().isEmpty() ? Invocation.STANDARD_SHELL : config.shell();
    }

    private String workingDirectory() {
        String folder = config.workingDirectory();
        return folder.isEmpty() ? "/" : folder;
    }

    private String id() {
        return prefix + ++step + "/" + steps;
    }

    private List<String> words(Instruction instruction, List<String> texts) {
        Map<String, String> variables = variables();
        List<String> words = new ArrayList<>();
        for (String text : texts) {
            Words.Expanded expanded = Words.expanded(text, variables, graph.escape(), instruction.place());
            undefined(instruction, expanded.unknown(), variables);
            words.addAll(expanded.words());
        }
        return words;
    }

    private String expand(Instruction instruction, String word) {
        return expand(instruction, word, variables());
    }

    private String expand(Instruction instruction, String word, Map<String, String> variables) {
        Words.Expanded expanded = Words.expanded(word, variables, graph.escape(), instruction.place());
        undefined(instruction, expanded.unknown(), variables);
        return expanded.text();
    }

    private void undefined(Instruction instruction, Set<String> unknown, Map<String, String> variables) {
        for (String name : unknown) {
            if (!declared.contains(name)) {
                graph.lint()
                        .warn(
                                LintRule.UNDEFINED_VAR,
                                instruction.origin(),
                                "Usage of undefined variable '$" + name + "'"
                                        + Lint.suggestion(name, variables.keySet(), "$"));
            }
        }
    }

    /** Arguments, and over them the environment. */
    private Map<String, String> variables() {
        Map<String, String> variables = new LinkedHashMap<>(arguments);
        variables.putAll(BuildState.environment(config));
        return variables;
    }
}
