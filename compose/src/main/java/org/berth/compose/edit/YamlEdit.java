package org.berth.compose.edit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.compose.yaml.Position;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.CollectionNode;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * A YAML text and what is to be added to it. Lines are put in, none is changed but one in brackets that gets another item. The
 * result is read again and compared with what was meant: what this can't place (an anchor that others share, a merge
 * key) is refused with its place, and never guessed.
 */
public final class YamlEdit {
    private static final int STEP = 2;

    private final String file;
    private final String text;
    private final Outline outline;
    private final Object before;
    private final int step;

    private YamlEdit(String file, String text) {
        this.file = file;
        this.text = text;
        this.before = Plain.read(file, text);
        this.outline = Outline.of(file, text);
        this.step = step();
    }

    /**
     * A text to edit.
     *
     * @param file its name, for the positions
     * @throws BerthException INVALID, with file, line and column, for what is no YAML or no mapping
     */
    public static YamlEdit of(String file, String text) {
        return new YamlEdit(file, text);
    }

    /** Where a key stands; empty when it does not, or only by a merge key. */
    public Optional<Position> find(List<String> path) {
        return outline.find(path).map(tuple -> outline.position(tuple.getKeyNode()));
    }

    /** Whether there is something at a path, by a merge key too. */
    public boolean has(List<String> path) {
        return Plain.at(before, path).isPresent();
    }

    /** The keys of a mapping, or the texts of a list's items; merge keys applied. */
    public List<String> names(List<String> path) {
        return switch (Plain.at(before, path).orElse("")) {
            case Map<?, ?> map -> map.keySet().stream().map(String::valueOf).toList();
            case List<?> list -> list.stream().map(String::valueOf).toList();
            default -> List.of();
        };
    }

    /**
     * The text with the additions.
     *
     * @throws BerthException INVALID, with file, line and column, for a place that can't take one
     */
    public String with(List<Addition> additions) {
        Map<Integer, List<Block>> after = new TreeMap<>();
        List<Insertion> within = new ArrayList<>();
        Object meant = before;
        for (Addition addition : additions) {
            place(addition, after, within);
            meant = Plain.with(
                    meant,
                    addition.path(),
                    addition.entries().stream().map(YamlEdit::meaning).toList(),
                    addition.items().stream().map(YamlEdit::meaning).toList());
        }
        String result = apply(after, within);
        verify(result, meant, additions);
        return result;
    }

    private record Insertion(int index, String text) {}

    /** Lines that come after one; of several, the deepest come first. */
    private record Block(int indent, List<String> lines) {}

    private void place(Addition addition, Map<Integer, List<Block>> after, List<Insertion> within) {
        List<String> path = addition.path();
        Optional<NodeTuple> tuple = outline.find(path);
        if (tuple.isPresent() && !Outline.empty(tuple.get().getValueNode())) {
            extend(addition, tuple.get(), after, within);
            return;
        }
        List<String> above = path.subList(0, path.size() - 1);
        if (tuple.isPresent()) {
            int indent = Outline.start(tuple.get().getKeyNode()).getColumn() + step;
            put(after, Outline.lastLine(tuple.get()), indent, first(addition, indent));
            return;
        }
        if (has(path)) {
            throw refused(above, "'" + path.getLast() + "' comes by a merge key: write it as lines of its own");
        }
        MappingNode parent = parent(above);
        if (Outline.flow(parent) || parent.getValue().isEmpty()) {
            throw refused(above, "it stands in braces: write it as lines");
        }
        int indent = Outline.start(parent.getValue().getFirst().getKeyNode()).getColumn();
        List<String> lines = new ArrayList<>();
        if (above.isEmpty()) {
            lines.add(""); // sections of the file stand apart
        }
        lines.add(" ".repeat(indent) + path.getLast() + ":");
        lines.addAll(first(addition, indent + step));
        put(after, behind(Outline.lastLine(parent.getValue().getLast()), indent), indent, lines);
    }

    private MappingNode parent(List<String> path) {
        if (path.isEmpty()) {
            return outline.top();
        }
        return outline.find(path)
                .filter(tuple -> !Outline.alias(tuple))
                .map(NodeTuple::getValueNode)
                .filter(MappingNode.class::isInstance)
                .map(MappingNode.class::cast)
                .orElseThrow(() -> refused(path, "a mapping of its own was expected there"));
    }

    /** Adds to a collection that is there. */
    private void extend(Addition addition, NodeTuple tuple, Map<Integer, List<Block>> after, List<Insertion> within) {
        Node node = tuple.getValueNode();
        boolean list = node instanceof SequenceNode;
        if (!(node instanceof CollectionNode<?> collection)
                || (list ? addition.items() : addition.entries()).isEmpty()) {
            throw refused(addition.path(), "expected " + (addition.entries().isEmpty() ? "a list" : "a mapping"));
        }
        if (Outline.alias(tuple)) {
            throw refused(addition.path(), "it is another place's (an alias): write it as lines of its own");
        }
        if (Outline.flow(node)) {
            within.add(flow(addition, collection, list));
            return;
        }
        int indent = list
                ? Outline.start(node).getColumn()
                : Outline.start(((MappingNode) node).getValue().getFirst().getKeyNode())
                        .getColumn();
        put(after, behind(Outline.lastLine(tuple), indent), indent, block(addition, indent, list));
    }

    private Insertion flow(Addition addition, CollectionNode<?> node, boolean list) {
        List<Piece> pieces = list ? addition.items() : addition.entries();
        if (pieces.stream().anyMatch(piece -> piece.flow().isEmpty())) {
            throw refused(addition.path(), "it stands in " + (list ? "brackets" : "braces") + ": write it as lines");
        }
        int bracket = text.offsetByCodePoints(0, Outline.end(node).getIndex()) - 1;
        int last = bracket;
        while (Character.isWhitespace(text.charAt(last - 1))) {
            last--;
        }
        String joined = String.join(", ", pieces.stream().map(Piece::flow).toList());
        boolean comma = text.charAt(last - 1) == ',';
        return new Insertion(last, node.getValue().isEmpty() ? joined : (comma ? " " : ", ") + joined);
    }

    /** The first of a collection: none stands before it to be apart from. */
    private List<String> first(Addition addition, int indent) {
        List<String> lines = block(addition, indent, addition.entries().isEmpty());
        return addition.spaced() ? lines.subList(1, lines.size()) : lines;
    }

    private List<String> block(Addition addition, int indent, boolean list) {
        List<String> lines = new ArrayList<>();
        for (Piece piece : list ? addition.items() : addition.entries()) {
            if (addition.spaced()) {
                lines.add("");
            }
            for (int i = 0; i < piece.lines().size(); i++) {
                String line = piece.lines().get(i);
                String dash = !list ? "" : i == 0 ? "- " : "  ";
                lines.add(line.isEmpty() ? "" : " ".repeat(indent) + dash + stretched(line));
            }
        }
        return lines;
    }

    /** With the file's own step of indentation. */
    private String stretched(String line) {
        int spaces = line.length() - line.stripLeading().length();
        return " ".repeat(spaces / STEP * step) + line.stripLeading();
    }

    /** The line after which new lines come: comments that belong to what is there stay with it. */
    private int behind(int line, int indent) {
        List<String> lines = text.lines().toList();
        int last = line;
        while (lines.get(last).isBlank()) {
            last--; // a block text ends after the blank lines behind it
        }
        for (int i = last + 1; i < lines.size(); i++) {
            String stripped = lines.get(i).strip();
            if (stripped.startsWith("#") && lines.get(i).indexOf('#') >= Math.max(1, indent)) {
                last = i;
            } else if (!stripped.isEmpty()) {
                break;
            }
        }
        return last;
    }

    private static void put(Map<Integer, List<Block>> after, int line, int indent, List<String> lines) {
        after.computeIfAbsent(line, _ -> new ArrayList<>()).add(new Block(indent, lines));
    }

    private String apply(Map<Integer, List<Block>> after, List<Insertion> within) {
        StringBuilder edited = new StringBuilder(text);
        String newLine = text.contains("\r\n") ? "\r\n" : "\n";
        List<Insertion> all = new ArrayList<>(within);
        after.forEach((line, blocks) -> {
            List<String> lines = blocks.stream()
                    .sorted((a, b) -> Integer.compare(b.indent(), a.indent()))
                    .flatMap(one -> one.lines().stream())
                    .toList();
            int index = endOf(line);
            boolean ended = index > 0 && text.charAt(index - 1) == '\n';
            String block = String.join(newLine, lines);
            all.add(new Insertion(index, ended ? block + newLine : newLine + block));
        });
        all.stream()
                .sorted((a, b) -> Integer.compare(b.index(), a.index()))
                .forEach(insertion -> edited.insert(insertion.index(), insertion.text()));
        return edited.toString();
    }

    /** Where the next line begins, or the text ends. */
    private int endOf(int line) {
        int index = 0;
        for (int i = 0; i <= line; i++) {
            int next = text.indexOf('\n', index);
            if (next < 0) {
                return text.length();
            }
            index = next + 1;
        }
        return index;
    }

    private void verify(String result, Object meant, List<Addition> additions) {
        Object found;
        try {
            found = Plain.read(file, result);
        } catch (BerthException e) {
            found = e;
        }
        if (!meant.equals(found)) {
            throw refused(
                    additions.getFirst().path().subList(0, 1),
                    "the file is written in a way that this can't add to without changing more (an anchor that"
                            + " others share?): nothing was changed");
        }
    }

    private static Object meaning(Piece piece) {
        return Plain.read("piece", String.join("\n", piece.lines()));
    }

    private int step() {
        return outline.top().getValue().stream()
                .filter(tuple -> tuple.getValueNode() instanceof MappingNode mapping
                        && !mapping.getValue().isEmpty()
                        && !Outline.flow(mapping)
                        && !Outline.alias(tuple))
                .map(tuple -> Outline.start(tuple.getValueNode()))
                .map(Mark::getColumn)
                .filter(column -> column > 0)
                .findFirst()
                .orElse(STEP);
    }

    private BerthException refused(List<String> path, String reason) {
        Position at = find(path).orElse(new Position(file, 1, 1));
        return new BerthException(ErrorCode.INVALID, at + ": " + String.join(".", path) + ": " + reason);
    }
}
