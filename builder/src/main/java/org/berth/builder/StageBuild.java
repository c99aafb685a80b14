package org.berth.builder;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.berth.base.BerthException;
import org.berth.builder.BuildContext.Counter;
import org.berth.builder.context.IgnoreRules;
import org.berth.builder.context.SourceTree;
import org.berth.builder.dockerfile.Dockerfile;
import org.berth.builder.dockerfile.Instruction;
import org.berth.builder.dockerfile.Place;
import org.berth.builder.dockerfile.Words;
import org.berth.builder.source.PipSettings;

/** One stage of a Dockerfile, its instructions carried out in their order. */
final class StageBuild {
    private final BuildContext context;
    private final Dockerfile dockerfile;
    private final Map<String, String> globals;
    private final StageSource stages;
    private final Counter counter;
    private final Map<String, String> arguments = new LinkedHashMap<>();
    private BuildState state;
    private boolean commandSet;

    /** Gives what COPY --from names. */
    @FunctionalInterface
    interface StageSource {
        BuildState find(String name, Place place);
    }

    /**
     * @param globals the ARGs before the first FROM, with their values
     * @param base what FROM names
     */
    StageBuild(
            BuildContext context,
            Dockerfile dockerfile,
            Map<String, String> globals,
            StageSource stages,
            BuildState base,
            Counter counter) {
        this.context = context;
        this.dockerfile = dockerfile;
        this.globals = globals;
        this.stages = stages;
        this.state = base;
        this.counter = counter;
    }

    BuildState build(List<Instruction> instructions) {
        for (Instruction instruction : instructions) {
            state = apply(instruction);
        }
        return state;
    }

    private BuildState apply(Instruction instruction) {
        String id = counter.next();
        Place place = instruction.place();
        return switch (instruction) {
            case Instruction.Run run -> run(run, id);
            case Instruction.Copy copy -> copy(copy, id);
            case Instruction.From from -> throw new IllegalStateException("FROM inside a stage: " + from);
            case Instruction.Environment environment -> {
                ConfigEditor editor = edit(id, instruction);
                // all values are expanded with the environment as it was before the instruction
                Map<String, String> before = variables();
                environment
                        .pairs()
                        .forEach(pair -> editor.environment(
                                expand(pair.name(), before, place), expand(pair.value(), before, place)));
                yield state.with(editor.config());
            }
            case Instruction.Label label -> {
                ConfigEditor editor = edit(id, instruction);
                label.pairs().forEach(pair -> editor.label(expand(pair.name(), place), expand(pair.value(), place)));
                yield state.with(editor.config());
            }
            case Instruction.Argument argument -> {
                say(id, instruction);
                argument.declarations().forEach(declaration -> declare(declaration, place));
                yield state;
            }
            case Instruction.WorkingDirectory folder ->
                state.with(
                        edit(id, instruction).workingDirectory(folder(folder)).config());
            case Instruction.User user ->
                state.with(edit(id, instruction).user(user(user)).config());
            case Instruction.Expose expose -> {
                ConfigEditor editor = edit(id, instruction);
                for (String word : expose.ports()) {
                    for (String one : expand(word, place).strip().split("\\s+")) {
                        Ports.parse(one, place).forEach(editor::expose);
                    }
                }
                yield state.with(editor.config());
            }
            case Instruction.Volume volume -> {
                ConfigEditor editor = edit(id, instruction);
                volume.paths().forEach(path -> editor.volume(volume(path, place)));
                yield state.with(editor.config());
            }
            case Instruction.Command command -> {
                commandSet = true;
                yield state.with(edit(id, instruction)
                        .command(command.command().arguments())
                        .config());
            }
            case Instruction.Entrypoint entrypoint -> {
                ConfigEditor editor =
                        edit(id, instruction).entrypoint(entrypoint.command().arguments());
                // a command that the base image had is no argument of another entrypoint
                yield state.with((commandSet ? editor : editor.command(List.of())).config());
            }
        };
    }

    private BuildState run(Instruction.Run run, String id) {
        Map<String, String> scope = new TreeMap<>(arguments);
        scope.keySet().removeAll(state.environment().keySet());
        Map<String, String> passing = new TreeMap<>(PipSettings.proxies(context.environment()));
        passing.putAll(PipSettings.proxies(context.request().arguments()));
        passing.putAll(context.host().variables());
        passing.keySet().removeAll(scope.keySet());
        RunStep step = new RunStep(
                run.place().toString(),
                run.text(),
                run.command().arguments(),
                scope,
                passing,
                List.of(),
                context.host().mounts(),
                PipFailure::explain);
        return context.layers().run(state, step, context.manner(id));
    }

    private BuildState copy(Instruction.Copy copy, String id) {
        Place place = copy.place();
        List<String> sources = new ArrayList<>();
        copy.sources().forEach(source -> sources.add(expand(source, place)));
        String target = ImagePaths.resolve(workingDirectory(), expand(copy.target(), place));
        Optional<String> owner = copy.owner().map(text -> expand(text, place));
        if (copy.from().isEmpty()) {
            List<String> paths = resolve(context.tree(), sources, place);
            if (copy.add()) {
                paths.forEach(path -> Archives.refuse(context.tree(), path, place));
            }
            String content = context.tree().digest(paths);
            return context.layers()
                    .copy(
                            state,
                            new CopyStep(
                                    place.toString(),
                                    copy.text(),
                                    context.tree(),
                                    content,
                                    paths,
                                    target,
                                    owner,
                                    false),
                            context.manner(id));
        }
        BuildState from = stages.find(copy.from().get(), place);
        return context.layers().reading(from, root -> {
            // the tree is closed with the root that it is on
            SourceTree tree = new SourceTree(root, IgnoreRules.NONE);
            List<String> paths = resolve(tree, sources, place);
            return context.layers()
                    .copy(
                            state,
                            new CopyStep(
                                    place.toString(),
                                    copy.text(),
                                    tree,
                                    String.join(" ", from.layers()),
                                    paths,
                                    target,
                                    owner,
                                    true),
                            context.manner(id));
        });
    }

    private static List<String> resolve(SourceTree tree, List<String> sources, Place place) {
        List<String> paths = new ArrayList<>();
        try {
            sources.forEach(source -> paths.addAll(tree.resolve(source)));
        } catch (BerthException e) {
            throw new BerthException(e.code(), place + ": " + e.getMessage(), e);
        }
        return paths;
    }

    private void declare(Instruction.Declaration declaration, Place place) {
        String name = declaration.name();
        String given = context.request().arguments().get(name);
        if (given != null) {
            arguments.put(name, given);
        } else if (declaration.standard().isPresent()) {
            arguments.put(name, expand(declaration.standard().get(), place));
        } else if (globals.containsKey(name)) {
            arguments.put(name, globals.getOrDefault(name, ""));
        }
    }

    private String folder(Instruction.WorkingDirectory folder) {
        String path = expand(folder.path(), folder.place());
        if (path.isBlank()) {
            throw folder.place().invalid("WORKDIR '" + folder.path() + "' is empty");
        }
        String resolved = ImagePaths.plain(ImagePaths.resolve(workingDirectory(), path));
        return ImagePaths.ordinary(resolved, "WORKDIR", folder.place());
    }

    private String volume(String path, Place place) {
        String resolved = ImagePaths.plain(ImagePaths.resolve("/", expand(path, place)));
        if (resolved.equals("/")) {
            throw place.invalid("VOLUME '" + path + "': a folder below the root was expected");
        }
        return ImagePaths.ordinary(resolved, "VOLUME", place);
    }

    private String user(Instruction.User user) {
        String text = expand(user.user(), user.place());
        if (text.isBlank() || text.chars().anyMatch(Character::isWhitespace)) {
            throw user.place().invalid("USER '" + text + "': expected NAME, NUMBER, NAME:GROUP or NUMBER:NUMBER");
        }
        return text;
    }

    private String workingDirectory() {
        String folder = state.config().workingDirectory();
        return folder.isEmpty() ? "/" : folder;
    }

    private ConfigEditor edit(String id, Instruction instruction) {
        say(id, instruction);
        return new ConfigEditor(state.config());
    }

    private void say(String id, Instruction instruction) {
        context.manner(id).say(instruction.text());
    }

    private String expand(String word, Place place) {
        return expand(word, variables(), place);
    }

    private String expand(String word, Map<String, String> variables, Place place) {
        return Words.expand(word, variables, dockerfile.escape(), place);
    }

    /** Arguments, and over them the environment. */
    private Map<String, String> variables() {
        Map<String, String> variables = new LinkedHashMap<>(arguments);
        variables.putAll(state.environment());
        return variables;
    }

    /** The names of ARGs that this stage declares. */
    static Set<String> declared(List<Instruction> instructions) {
        Set<String> names = new java.util.TreeSet<>();
        for (Instruction instruction : instructions) {
            if (instruction instanceof Instruction.Argument argument) {
                argument.declarations().forEach(declaration -> names.add(declaration.name()));
            }
        }
        return names;
    }
}
