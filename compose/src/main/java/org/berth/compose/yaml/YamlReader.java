package org.berth.compose.yaml;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Reads one YAML document (YAML 1.2 core scalars: {@code no} and {@code 22:22} are texts) and
 * applies merge keys {@code <<} as the YAML 1.1 type repository has them: a mapping or a list of
 * mappings; keys written beside it win, an earlier mapping of the list wins over a later one.
 *
 * <p>Bounds: {@link #CHARACTERS_MAX} of text, {@link #DEPTH_MAX} levels. An alias shares its
 * anchor's value, so a document of aliases of aliases ("billion laughs") stays as small as its text.
 */
public final class YamlReader {
    static final int CHARACTERS_MAX = 1_000_000;
    static final int DEPTH_MAX = 64;
    private static final String MERGE_KEY = "<<";
    // the library's own core schema would do, but it merges too, and never ends on a mapping that merges itself
    private static final Set<String> NULLS = Set.of("", "~", "null", "Null", "NULL");

    private final String file;
    private final Consumer<YamlProblem> problems;
    private final Map<Node, YamlValue> read = new IdentityHashMap<>();
    private final Map<Node, Boolean> open = new IdentityHashMap<>();

    private YamlReader(String file, Consumer<YamlProblem> problems) {
        this.file = file;
        this.problems = problems;
    }

    /**
     * Reads {@code text}; what is wrong goes to {@code problems}.
     *
     * @param file the file's name, for the positions
     * @return the document, or empty when it can't be read or holds nothing
     */
    public static Optional<YamlValue> read(String file, String text, Consumer<YamlProblem> problems) {
        return new YamlReader(file, problems).document(text);
    }

    private Optional<YamlValue> document(String text) {
        LoadSettings settings = LoadSettings.builder()
                .setLabel(file)
                .setCodePointLimit(CHARACTERS_MAX)
                .setAllowNonScalarKeys(true)
                .setMaxAliasesForCollections(Integer.MAX_VALUE)
                .build();
        try {
            return shallow(text, settings)
                    ? new Compose(settings).composeString(text).map(this::value)
                    : Optional.empty();
        } catch (MarkedYamlEngineException e) {
            Optional<Mark> mark = e.getProblemMark().or(e::getContextMark);
            report(position(mark), "not YAML: " + oneLine(e.getProblem()));
        } catch (YamlEngineException e) {
            report(new Position(file, 1, 1), "not YAML: " + oneLine(String.valueOf(e.getMessage())));
        }
        return Optional.empty();
    }

    /** The composer recurses, so the depth is looked at first, on the events, which do not. */
    private boolean shallow(String text, LoadSettings settings) {
        int depth = 0;
        for (Event event : new Parse(settings).parseString(text)) {
            if (event instanceof CollectionStartEvent) {
                depth++;
            } else if (event instanceof CollectionEndEvent) {
                depth--;
            }
            if (depth > DEPTH_MAX) {
                report(position(event.getStartMark()), "nested deeper than " + DEPTH_MAX + " levels");
                return false;
            }
        }
        return true;
    }

    private YamlValue value(Node node) {
        YamlValue known = read.get(node);
        if (known != null) {
            return known;
        }
        if (open.put(node, true) != null) {
            report(position(node), "an anchor that contains itself");
            return new YamlValue.Null(position(node));
        }
        YamlValue value = switch (node) {
            case ScalarNode scalar -> scalar(scalar);
            case SequenceNode sequence ->
                new YamlValue.Sequence(
                        position(node),
                        sequence.getValue().stream().map(this::value).toList());
            case MappingNode mapping -> mapping(mapping);
            default -> new YamlValue.Null(position(node));
        };
        open.remove(node);
        read.put(node, value);
        return value;
    }

    private YamlValue scalar(ScalarNode node) {
        if (node.getTag().equals(Tag.NULL) || node.isPlain() && NULLS.contains(node.getValue())) {
            return new YamlValue.Null(position(node));
        }
        // the library gives a plain ${NAME} a tag of its own
        if (!node.getTag().getValue().startsWith(Tag.PREFIX) && !node.getTag().equals(Tag.ENV_TAG)) {
            report(position(node), "unknown tag " + node.getTag().getValue());
        }
        return new YamlValue.Scalar(position(node), node.getValue(), node.isPlain());
    }

    private YamlValue mapping(MappingNode node) {
        Map<String, YamlValue.Entry> entries = new LinkedHashMap<>();
        List<YamlValue> merges = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (NodeTuple tuple : node.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                report(position(tuple.getKeyNode()), "a key must be a text");
                continue;
            }
            if (!seen.add(key.getValue())) {
                report(position(key), "key '" + key.getValue() + "' stands here twice");
                continue;
            }
            YamlValue value = value(tuple.getValueNode());
            if (key.getValue().equals(MERGE_KEY) && key.isPlain()) {
                merges.add(value);
            } else {
                entries.put(key.getValue(), new YamlValue.Entry(position(key), value));
            }
        }
        merges.forEach(merge -> mergeInto(entries, merge));
        return new YamlValue.Mapping(position(node), entries);
    }

    private void mergeInto(Map<String, YamlValue.Entry> entries, YamlValue merge) {
        switch (merge) {
            case YamlValue.Mapping mapping -> mapping.entries().forEach(entries::putIfAbsent);
            case YamlValue.Sequence sequence -> {
                for (YamlValue item : sequence.items()) {
                    if (item instanceof YamlValue.Mapping mapping) {
                        mapping.entries().forEach(entries::putIfAbsent);
                    } else {
                        report(item.position(), "a merge key takes mappings, not " + item.kind());
                    }
                }
            }
            case YamlValue.Null ignored -> {}
            case YamlValue.Scalar scalar ->
                report(scalar.position(), "a merge key takes a mapping or a list of mappings, not a text");
        }
    }

    private void report(Position position, String message) {
        problems.accept(new YamlProblem(position, message));
    }

    private Position position(Node node) {
        return position(node.getStartMark());
    }

    private Position position(Optional<Mark> mark) {
        return mark.map(m -> new Position(file, m.getLine() + 1, m.getColumn() + 1))
                .orElseGet(() -> new Position(file, 1, 1));
    }

    private static String oneLine(String message) {
        return message.lines().findFirst().orElse("").strip();
    }
}
