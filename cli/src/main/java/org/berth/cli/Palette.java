package org.berth.cli;

/** Colours, or none (ECMA-48 SGR). */
record Palette(boolean on) {
    static Palette choose() {
        return new Palette(Screen.colours());
    }

    String green(String text) {
        return paint("32", text);
    }

    String red(String text) {
        return paint("31", text);
    }

    String yellow(String text) {
        return paint("33", text);
    }

    String blue(String text) {
        return paint("36", text);
    }

    String grey(String text) {
        return paint("90", text);
    }

    String bold(String text) {
        return paint("1", text);
    }

    private String paint(String code, String text) {
        return on ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }
}
