package org.berth.builder;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.berth.base.BerthException;
import org.berth.builder.BuildContext.Counter;
import org.berth.builder.dockerfile.Dockerfile;
import org.berth.builder.dockerfile.Dockerfile.Stage;
import org.berth.builder.dockerfile.Instruction;
import org.berth.builder.dockerfile.Place;
import org.berth.builder.dockerfile.Words;
import org.berth.image.Image;
import org.berth.image.Reference;

/** A Dockerfile's stages: the one that is asked for, and those it takes something from. */
final class DockerfileBuild {
    private final BuildContext context;
    private final Dockerfile dockerfile;
    private final Map<String, String> globals = new LinkedHashMap<>();
    private final Map<Integer, BuildState> built = new HashMap<>();

    DockerfileBuild(BuildContext context, Dockerfile dockerfile) {
        this.context = context;
        this.dockerfile = dockerfile;
    }

    /** Builds the stage that is asked for. */
    BuildState build() {
        globals();
        int target = target();
        warnOfUnknownArguments();
        return stage(target);
    }

    /** The stages built besides the one asked for: their layers are kept for the next time. */
    Map<Integer, BuildState> others() {
        Map<Integer, BuildState> others = new HashMap<>(built);
        others.remove(target());
        return others;
    }

    private int target() {
        if (context.request().target().isEmpty()) {
            return dockerfile.stages().size() - 1;
        }
        String name = context.request().target().get();
        Place place = dockerfile.stages().getFirst().from().place();
        return dockerfile
                .stage(name, dockerfile.stages().size())
                .orElseThrow(() -> place.invalid("there is no stage '" + name + "' to build; expected one of "
                        + dockerfile.stages().stream()
                                .flatMap(stage -> stage.from().name().stream())
                                .toList()));
    }

    private BuildState stage(int number) {
        BuildState known = built.get(number);
        if (known != null) {
            return known;
        }
        Stage stage = dockerfile.stages().get(number);
        Instruction.From from = stage.from();
        String prefix = dockerfile.stages().size() == 1 ? "" : from.name().orElse("stage " + number) + " ";
        Counter counter = new Counter(prefix, stage.instructions().size() + 1);
        context.manner(counter.next()).say(from.text());
        BuildState base = base(from, number);
        BuildState state = new StageBuild(
                        context, dockerfile, globals, (name, place) -> source(name, number, place), base, counter)
                .build(stage.instructions());
        built.put(number, state);
        return state;
    }

    private BuildState base(Instruction.From from, int number) {
        String name = Words.expand(from.image(), globals, dockerfile.escape(), from.place());
        if (name.isBlank()) {
            throw from.place().invalid("FROM " + from.image() + ": the image's name is empty");
        }
        Optional<Integer> stage = dockerfile.stage(name, number).filter(_ -> !isNumber(name));
        if (stage.isPresent()) {
            return stage(stage.get());
        }
        return name.equals("scratch") ? BuildState.scratch() : image(name, from.place());
    }

    private BuildState source(String name, int before, Place place) {
        Optional<Integer> stage = dockerfile.stage(name, before);
        if (stage.isPresent()) {
            return stage(stage.get());
        }
        if (isNumber(name) || dockerfile.stage(name, dockerfile.stages().size()).isPresent()) {
            throw place.invalid("--from=" + name + ": a stage before this one was expected");
        }
        return image(name, place);
    }

    private BuildState image(String name, Place place) {
        try {
            Image image = context.images().obtain(Reference.parse(name), context.progress());
            return BuildState.of(image, name);
        } catch (BerthException e) {
            throw new BerthException(e.code(), place + ": " + e.getMessage(), e);
        }
    }

    private void globals() {
        for (Instruction.Argument argument : dockerfile.globals()) {
            for (Instruction.Declaration declaration : argument.declarations()) {
                String given = context.request().arguments().get(declaration.name());
                if (given != null) {
                    globals.put(declaration.name(), given);
                } else {
                    declaration
                            .standard()
                            .ifPresent(text -> globals.put(
                                    declaration.name(),
                                    Words.expand(text, globals, dockerfile.escape(), argument.place())));
                }
            }
        }
    }

    private void warnOfUnknownArguments() {
        Set<String> known = new TreeSet<>();
        dockerfile.globals().forEach(argument -> argument.declarations().forEach(one -> known.add(one.name())));
        dockerfile.stages().forEach(stage -> known.addAll(StageBuild.declared(stage.instructions())));
        known.addAll(
                org.berth.builder.source.PipSettings.proxies(context.request().arguments())
                        .keySet());
        Set<String> unknown = new TreeSet<>(context.request().arguments().keySet());
        unknown.removeAll(known);
        if (!unknown.isEmpty()) {
            context.manner("").say("the Dockerfile has no ARG " + String.join(", ", unknown) + ": not used");
        }
    }

    private static boolean isNumber(String text) {
        return text.matches("[0-9]+");
    }
}
