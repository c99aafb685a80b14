package org.berth.builder;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.berth.builder.BuildGraph.Node;
import org.berth.builder.GraphRun.Made;
import org.berth.builder.LayerMaker.Manner;

/** Does a graph's steps for one build. */
final class GraphWork implements GraphRun.Work {
    private final BuildContext context;
    private final Optional<Instant> epoch;
    private final RunWork runs;
    private final CopyWork copies;

    /** @param epoch the time that all is said to be made at; empty: when it was */
    GraphWork(BuildContext context, Tools tools, Optional<Instant> epoch) {
        this.context = context;
        this.epoch = epoch;
        this.runs = new RunWork(context, tools, epoch);
        this.copies = new CopyWork(context, tools, epoch);
    }

    /** What steps are done with. */
    record Tools(CacheFolders caches, Downloads downloads, Repositories repositories, java.nio.file.Path memory) {}

    @Override
    public Made make(Node node, List<Made> all) {
        List<String> inputs =
                all.stream().flatMap(made -> made.layers().stream()).distinct().toList();
        Manner manner = context.manner(node.id()).with(inputs);
        return switch (node.operation()) {
            case Operation.Base base -> {
                if (!node.id().isEmpty() || !base.layers().isEmpty()) {
                    manner.say(base.text());
                }
                yield new Made(
                        base.layers(),
                        base.history(),
                        epoch.orElse(node.config().created()));
            }
            case Operation.Run run -> made(runs.make(run, state(node, all), all, manner));
            case Operation.Copy copy -> made(copies.make(copy, state(node, all), all, manner));
            case Operation.Link link -> {
                Made below = all.get(node.below().orElseThrow());
                Made layer = all.get(link.layer());
                List<String> layers = new ArrayList<>(below.layers());
                layers.addAll(layer.layers());
                List<String> history = new ArrayList<>(below.history());
                history.addAll(layer.history());
                yield new Made(layers, history, layer.created());
            }
        };
    }

    private static BuildState state(Node node, List<Made> all) {
        Made below = node.below().map(all::get).orElse(new Made(List.of(), List.of(), Instant.EPOCH));
        return new BuildState(node.config(), below.layers(), below.history());
    }

    private Made made(BuildState state) {
        return new Made(
                state.layers(), state.history(), epoch.orElse(state.config().created()));
    }
}
