package org.berth.builder;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.builder.GraphPlanner.PlanRequest;
import org.berth.builder.GraphRun.Made;
import org.berth.builder.dockerfile.Dockerfile;
import org.berth.builder.dockerfile.FormChecks;
import org.berth.builder.dockerfile.Lint;
import org.berth.image.Image;
import org.berth.image.ImageConfig;
import org.berth.image.Images;
import org.berth.image.Reference;

/** A Dockerfile's build: checked, planned, done. */
final class DockerfileBuild {
    private final BuildContext context;
    private final Dockerfile dockerfile;
    private final GraphWork.Tools tools;
    private final List<BuildState> others = new ArrayList<>();

    DockerfileBuild(BuildContext context, Dockerfile dockerfile, GraphWork.Tools tools) {
        this.context = context;
        this.dockerfile = dockerfile;
        this.tools = tools;
    }

    /** Builds the stage that is asked for. */
    BuildState build() {
        BuildRequest request = context.request();
        Lint lint = new Lint(
                dockerfile.directives(), dockerfile.stages().getFirst().from().place());
        FormChecks.check(dockerfile, lint);
        Optional<Instant> epoch = epoch();
        PlanRequest asked = new PlanRequest(
                request.target(),
                request.arguments(),
                request.options().platform().map(Platform::parse).orElse(Platform.HERE),
                request.options().labels(),
                context.tree().rules());
        GraphPlanner planner = new GraphPlanner(dockerfile, asked, this::image, lint);
        warnOfUnknownArguments(planner);
        BuildGraph graph;
        try {
            graph = planner.plan();
        } finally {
            lint.warnings().forEach(warning -> context.manner(Builder.WARNING).say(warning.toString()));
        }
        lint.fail();
        try {
            return run(graph, context, epoch);
        } catch (BuildCache.LayerMissing e) {
            context.manner("cache").say(e.getMessage() + ": such steps are done here");
            return run(graph, context.with(context.cache().withLayersAlone()), epoch);
        }
    }

    private BuildState run(BuildGraph graph, BuildContext with, Optional<Instant> epoch) {
        List<Made> made = new GraphRun(graph, new GraphWork(with, tools, epoch)).run();
        Made result = made.get(graph.result());
        with.cache().bring(result.layers());
        graph.others().stream()
                .filter(other -> with.cache().has(made.get(other.node()).layers()))
                .forEach(other -> others.add(state(made.get(other.node()), other.config())));
        with.cache().export(context.request().options().cacheTo(), result.layers(), context.progress());
        return state(result, graph.config());
    }

    /** The stages built besides the one asked for: their layers are kept for the next time. */
    List<BuildState> others() {
        return others;
    }

    private static BuildState state(Made made, ImageConfig config) {
        return new BuildState(new ConfigEditor(config).created(made.created()).config(), made.layers(), made.history());
    }

    private Image image(String name) {
        Images images = context.images();
        Reference reference = Reference.parse(name);
        return context.request().options().pull()
                ? images.pull(reference, context.progress())
                : images.obtain(reference, context.progress());
    }

    private Optional<Instant> epoch() {
        String text = context.request().arguments().getOrDefault(BuildVariables.EPOCH, "");
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Instant.ofEpochSecond(Long.parseLong(text)));
        } catch (NumberFormatException | DateTimeException e) {
            throw new BerthException(
                    ErrorCode.INVALID, BuildVariables.EPOCH + "=" + text + ": expected seconds from 1970", e);
        }
    }

    private void warnOfUnknownArguments(GraphPlanner planner) {
        var unused = planner.variables().unused(dockerfile);
        if (!unused.isEmpty()) {
            context.manner("").say("the Dockerfile has no ARG " + String.join(", ", unused) + ": not used");
        }
    }
}
