package org.berth.compose.edit;

import java.util.List;

/**
 * One thing to add: an entry of a mapping ("PGHOST: db") or an item of a list ("db").
 *
 * @param lines its YAML as lines of a block, two spaces a level, an item without its dash
 * @param flow its YAML within brackets or braces
 */
public record Piece(List<String> lines, String flow) {
    public Piece {
        lines = List.copyOf(lines);
    }

    /** A piece of one line, which is the same in both styles. */
    public static Piece line(String text) {
        return new Piece(List.of(text), text);
    }

    /** A piece of several lines, which only a block can take. */
    public static Piece block(List<String> lines) {
        return new Piece(lines, "");
    }
}
