package org.berth.compose.edit;

import java.util.List;

/**
 * What to add to one collection, in each form that the collection may have.
 *
 * @param path keys from the top: "services", "web", "environment"; the collection is made when it is missing, in the
 *     mapping's form where there is one
 * @param entries for a mapping; none: only a list will do
 * @param items for a list; none: only a mapping will do
 * @param spaced whether a blank line stands before it
 */
public record Addition(List<String> path, List<Piece> entries, List<Piece> items, boolean spaced) {
    public Addition {
        path = List.copyOf(path);
        entries = List.copyOf(entries);
        items = List.copyOf(items);
    }

    /** Entries of a mapping. */
    public static Addition entries(List<String> path, List<Piece> entries) {
        return new Addition(path, entries, List.of(), false);
    }

    /** Items of a list. */
    public static Addition items(List<String> path, List<Piece> items) {
        return new Addition(path, List.of(), items, false);
    }

    /** The same, with a blank line before it. */
    public Addition apart() {
        return new Addition(path, entries, items, true);
    }
}
