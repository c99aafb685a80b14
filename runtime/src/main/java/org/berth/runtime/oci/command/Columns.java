package org.berth.runtime.oci.command;

import java.util.List;

/** Rows with their columns under each other. */
final class Columns {
    private static final int WIDTH_MIN = 12;
    private static final int GAP = 3;

    private Columns() {}

    /** The first row is the heading. */
    static String text(List<List<String>> rows) {
        int[] widths = new int[rows.getFirst().size()];
        for (List<String> row : rows) {
            for (int i = 0; i < row.size(); i++) {
                widths[i] = Math.max(widths[i], Math.max(WIDTH_MIN, row.get(i).length() + GAP));
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            for (int i = 0; i < row.size(); i++) {
                text.append(row.get(i));
                if (i < row.size() - 1) {
                    text.repeat(' ', widths[i] - row.get(i).length());
                }
            }
            text.append('\n');
        }
        return text.toString();
    }
}
