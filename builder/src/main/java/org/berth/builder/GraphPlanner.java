package org.berth.builder;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.builder.BuildGraph.Node;
import org.berth.builder.context.IgnoreRules;
import org.berth.builder.dockerfile.Dockerfile;
import org.berth.builder.dockerfile.Dockerfile.Stage;
import org.berth.builder.dockerfile.Instruction;
import org.berth.builder.dockerfile.Lint;
import org.berth.builder.dockerfile.LintRule;
import org.berth.builder.dockerfile.Place;
import org.berth.builder.dockerfile.Words;
import org.berth.image.Image;
import org.berth.image.ImageConfig;
import org.berth.image.Reference;

/**
 * From a Dockerfile and what is asked of it to a graph: the stage that is asked for, and those it takes something from.
 * Pure, but for the images that it asks for.
 */
final class GraphPlanner {
    private static final int NODES_MAX = 10_000;

    private final Dockerfile dockerfile;
    private final PlanRequest request;
    private final BaseImages images;
    private final Lint lint;
    private final BuildVariables variables;
    private final List<Node> nodes = new ArrayList<>();
    private final Map<Integer, StageEnd> ends = new LinkedHashMap<>();
    private final Map<String, Integer> bases = new LinkedHashMap<>();

    /** Gives an image by its name, pulled where it is not there. */
    @FunctionalInterface
    interface BaseImages {
        Image find(String name);
    }

    /**
     * What is asked of a Dockerfile.
     *
     * @param target a stage's name or number; empty for the last
     * @param arguments values of ARGs
     * @param platform what the image is for
     * @param labels over those of the Dockerfile
     * @param rules what of the build's folder is left out
     */
    record PlanRequest(
            Optional<String> target,
            Map<String, String> arguments,
            Platform platform,
            Map<String, String> labels,
            IgnoreRules rules) {}

    /**
     * A stage's last node, and the configuration after it.
     *
     * @param folderSet whether a WORKDIR of the Dockerfile set the working folder
     */
    record StageEnd(int node, ImageConfig config, Platform platform, boolean folderSet) {}

    GraphPlanner(Dockerfile dockerfile, PlanRequest request, BaseImages images, Lint lint) {
        this.dockerfile = dockerfile;
        this.request = request;
        this.images = images;
        this.lint = lint;
        String stage = request.target().or(() -> last().from().name()).orElse("default");
        this.variables = BuildVariables.of(dockerfile, request.arguments(), request.platform(), stage);
    }

    /** Plans the stage that is asked for. */
    BuildGraph plan() {
        checkBases();
        int target = target();
        StageEnd end = stage(target);
        ConfigEditor config = new ConfigEditor(end.config());
        request.labels().forEach(config::label);
        List<BuildGraph.Other> others = ends.entrySet().stream()
                .filter(entry -> entry.getKey() != target)
                .map(entry -> new BuildGraph.Other(
                        entry.getValue().node(), entry.getValue().config()))
                .toList();
        return new BuildGraph(nodes, end.node(), config.config(), others);
    }

    BuildVariables variables() {
        return variables;
    }

    PlanRequest request() {
        return request;
    }

    Lint lint() {
        return lint;
    }

    char escape() {
        return dockerfile.escape();
    }

    /** Adds a step; its number. */
    int add(String id, Operation operation, Optional<Integer> below, List<Integer> inputs, ImageConfig config) {
        if (nodes.size() >= NODES_MAX) {
            throw dockerfile.stages().getFirst().from().place().invalid("more than " + NODES_MAX + " steps");
        }
        List<Integer> needs = new ArrayList<>(inputs);
        below.ifPresent(needs::add);
        nodes.add(new Node(id, operation, below, needs, config));
        return nodes.size() - 1;
    }

    /** The node that a "from" of a stage names: an earlier stage, or an image. */
    int source(String name, int before, Place place) {
        Optional<Integer> stage = dockerfile.stage(name, before);
        if (stage.isPresent()) {
            return stage(stage.get()).node();
        }
        if (isNumber(name) || dockerfile.stage(name, dockerfile.stages().size()).isPresent()) {
            throw place.invalid("from=" + name + ": a stage before this one was expected");
        }
        return image(name, place);
    }

    private Stage last() {
        return dockerfile.stages().getLast();
    }

    private int target() {
        if (request.target().isEmpty()) {
            return dockerfile.stages().size() - 1;
        }
        String name = request.target().get();
        Place place = dockerfile.stages().getFirst().from().place();
        return dockerfile
                .stage(name, dockerfile.stages().size())
                .orElseThrow(() -> new BerthException(
                        org.berth.base.ErrorCode.INVALID,
                        place.file() + ": there is no stage '" + name + "' to build; expected one of "
                                + dockerfile.stages().stream()
                                        .flatMap(stage -> stage.from().name().stream())
                                        .toList()));
    }

    private StageEnd stage(int number) {
        StageEnd known = ends.get(number);
        if (known != null) {
            return known;
        }
        Stage stage = dockerfile.stages().get(number);
        Instruction.From from = stage.from();
        Optional<Platform> asked = from.platform().map(text -> platform(from, text));
        Platform platform = asked.orElse(request.platform());
        String name = baseName(from);
        Optional<Integer> other = dockerfile.stage(name, number).filter(_ -> !isNumber(name));
        StageEnd base;
        if (other.isPresent()) {
            base = stage(other.get());
        } else if (name.equals("scratch")) {
            ImageConfig config = BuildState.scratch(platform.architecture()).config();
            base = new StageEnd(
                    add(
                            "",
                            new Operation.Base("FROM scratch", List.of(), List.of()),
                            Optional.empty(),
                            List.of(),
                            config),
                    config,
                    platform,
                    false);
        } else {
            requireHere(from, platform, name);
            int node = image(name, from.place());
            base = new StageEnd(node, nodes.get(node).config(), platform, false);
        }
        String prefix = dockerfile.stages().size() == 1 ? "" : from.name().orElse("stage " + number) + " ";
        StageEnd end = new StagePlanner(this, number, prefix, from, base).plan(stage.instructions());
        ends.put(number, end);
        return end;
    }

    private static void requireHere(Instruction.From from, Platform platform, String name) {
        if (!platform.isHere()) {
            throw from.place()
                    .unsupported("FROM " + name + " for " + platform + ": images of another platform than "
                            + Platform.HERE + " are not pulled; expected --platform=$BUILDPLATFORM, or FROM scratch");
        }
    }

    private int image(String name, Place place) {
        Integer known = bases.get(name);
        if (known != null) {
            return known;
        }
        try {
            Image image = images.find(name);
            BuildState state = BuildState.of(image, name);
            int node = add(
                    "",
                    new Operation.Base("FROM " + name, state.layers(), state.history()),
                    Optional.empty(),
                    List.of(),
                    image.config());
            bases.put(name, node);
            return node;
        } catch (BerthException e) {
            throw new BerthException(e.code(), place.say(String.valueOf(e.getMessage())), e);
        }
    }

    private String baseName(Instruction.From from) {
        Words.Expanded name = Words.expanded(from.image(), variables.values(), dockerfile.escape(), from.place());
        undefined(from, name.unknown());
        if (name.text().isBlank()) {
            throw from.place().invalid("FROM " + from.image() + ": the image's name is empty");
        }
        return name.text();
    }

    private Platform platform(Instruction.From from, String text) {
        Words.Expanded name = Words.expanded(text, variables.values(), dockerfile.escape(), from.place());
        undefined(from, name.unknown());
        if (name.known().equals(Set.of("TARGETPLATFORM"))
                && name.unknown().isEmpty()
                && name.text().equals(variables.values().get("TARGETPLATFORM"))) {
            lint.warn(
                    LintRule.REDUNDANT_TARGET_PLATFORM,
                    from.origin(),
                    "Setting platform to predefined " + text + " in FROM is redundant as this is the default behavior");
        }
        if (name.text().isEmpty()) {
            throw from.place().invalid("FROM --platform=" + text + ": empty platform value");
        }
        try {
            Platform platform = Platform.parse(name.text());
            constant(from, name, platform);
            return platform;
        } catch (BerthException e) {
            throw from.place().invalid("FROM --platform=" + text + ": " + e.getMessage());
        }
    }

    private void constant(Instruction.From from, Words.Expanded name, Platform platform) {
        String stage = from.name().orElse("");
        boolean isNamed = stage.contains(platform.system()) || stage.contains(platform.architecture());
        if (name.known().isEmpty() && name.unknown().isEmpty() && !isNamed) {
            lint.warn(
                    LintRule.FROM_PLATFORM_FLAG_CONST_DISALLOWED,
                    from.origin(),
                    "FROM --platform flag should not use constant value \"" + name.text() + "\"");
        }
    }

    private void undefined(Instruction.From from, Set<String> unknown) {
        for (String name : unknown) {
            if (!variables.declared().contains(name)) {
                lint.warn(
                        LintRule.UNDEFINED_ARG_IN_FROM,
                        from.origin(),
                        "FROM argument '" + name + "' is not declared"
                                + Lint.suggestion(name, variables.values().keySet(), ""));
            }
        }
    }

    /** Names of images must be sound with the ARGs' own values too. */
    private void checkBases() {
        String stage = variables.values().getOrDefault("TARGETSTAGE", "");
        Map<String, String> standard = BuildVariables.of(dockerfile, Map.of(), request.platform(), stage)
                .values();
        for (Stage one : dockerfile.stages()) {
            Instruction.From from = one.from();
            String name = Words.expand(from.image(), standard, dockerfile.escape(), from.place());
            if (!isReference(name)) {
                lint.warn(
                        LintRule.INVALID_DEFAULT_ARG_IN_FROM,
                        from.place(),
                        "Default value for ARG " + from.image() + " results in empty or invalid base image name");
            }
        }
    }

    private static boolean isReference(String name) {
        try {
            Reference.parse(name);
            return true;
        } catch (BerthException e) {
            return false;
        }
    }

    private static boolean isNumber(String text) {
        return text.matches("[0-9]+");
    }
}
