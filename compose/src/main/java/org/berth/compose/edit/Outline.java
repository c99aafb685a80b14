package org.berth.compose.edit;

import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.compose.yaml.Position;
import org.berth.compose.yaml.YamlReader;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.CollectionNode;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Where everything of a YAML text stands: its nodes with the lines and columns of their ends. Lines count from 0 here. */
final class Outline {
    private final String file;
    private final MappingNode top;

    private Outline(String file, MappingNode top) {
        this.file = file;
        this.top = top;
    }

    /** The outline of a text that {@link YamlReader} has found sound. */
    static Outline of(String file, String text) {
        LoadSettings settings = LoadSettings.builder()
                .setLabel(file)
                .setAllowNonScalarKeys(true)
                .setMaxAliasesForCollections(Integer.MAX_VALUE)
                .build();
        return new Compose(settings)
                .composeString(text)
                .filter(MappingNode.class::isInstance)
                .map(node -> new Outline(file, (MappingNode) node))
                .orElseThrow(() -> new BerthException(ErrorCode.INVALID, file + ":1:1: expected a mapping"));
    }

    MappingNode top() {
        return top;
    }

    /** The entry at a path, where the file has it as it is written: not by a merge key. */
    Optional<NodeTuple> find(List<String> path) {
        Optional<NodeTuple> found = Optional.empty();
        Node at = top;
        for (String key : path) {
            if (!(at instanceof MappingNode mapping)) {
                return Optional.empty();
            }
            found = mapping.getValue().stream()
                    .filter(tuple -> tuple.getKeyNode() instanceof ScalarNode scalar
                            && scalar.getValue().equals(key))
                    .findFirst();
            if (found.isEmpty()) {
                return found;
            }
            at = found.get().getValueNode();
        }
        return found;
    }

    /** Where a node begins, for people. */
    Position position(Node node) {
        Mark mark = start(node);
        return new Position(file, mark.getLine() + 1, mark.getColumn() + 1);
    }

    /** Whether it stands in brackets or braces. */
    static boolean flow(Node node) {
        return node instanceof CollectionNode<?> collection && collection.getFlowStyle() == FlowStyle.FLOW;
    }

    /** Whether it is an anchor's value that is written before its key. */
    static boolean alias(NodeTuple tuple) {
        return start(tuple.getValueNode()).getIndex()
                < start(tuple.getKeyNode()).getIndex();
    }

    static Mark start(Node node) {
        return node.getStartMark().orElseThrow();
    }

    static Mark end(Node node) {
        return node.getEndMark().orElseThrow();
    }

    /** The last line that a value has something on. */
    static int lastLine(NodeTuple tuple) {
        return alias(tuple) || empty(tuple.getValueNode())
                ? end(tuple.getKeyNode()).getLine()
                : lastLine(tuple.getValueNode());
    }

    private static int lastLine(Node node) {
        if (!flow(node)
                && node instanceof MappingNode mapping
                && !mapping.getValue().isEmpty()) {
            return lastLine(mapping.getValue().getLast());
        }
        if (!flow(node)
                && node instanceof SequenceNode sequence
                && !sequence.getValue().isEmpty()) {
            Node last = sequence.getValue().getLast();
            return Math.max(start(last).getLine(), lastLine(last));
        }
        Mark end = end(node);
        return end.getColumn() == 0 && end.getLine() > start(node).getLine() ? end.getLine() - 1 : end.getLine();
    }

    static boolean empty(Node node) {
        return node instanceof ScalarNode scalar
                && scalar.isPlain()
                && scalar.getValue().isEmpty();
    }
}
