package org.berth.cli;

import java.util.ArrayList;
import java.util.List;

/** Columns that fit: as wide as their content, the last one cut at the terminal's edge. */
final class Table {
    private static final String GAP = "   ";

    private final List<List<String>> rows = new ArrayList<>();

    Table(String... titles) {
        rows.add(List.of(titles));
    }

    Table row(String... cells) {
        rows.add(List.of(cells));
        return this;
    }

    /** @param columns the terminal's width; 0 when nothing is to be cut */
    String print(int columns) {
        int count = rows.getFirst().size();
        int[] widths = new int[count];
        for (List<String> row : rows) {
            for (int i = 0; i < count; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < count; i++) {
                String cell = row.get(i);
                line.append(cell);
                if (i < count - 1) {
                    line.append(" ".repeat(widths[i] - cell.length())).append(GAP);
                }
            }
            String whole = line.toString().stripTrailing();
            text.append(columns > 0 ? Words.fit(whole, columns) : whole).append('\n');
        }
        return text.toString();
    }
}
