package org.berth.runtime.oci.command;

/**
 * An option of a command.
 *
 * @param name its long name, without dashes
 * @param letter its short name; a space for none
 * @param value whether it takes a value
 */
record Option(String name, char letter, boolean value) {
    /** An option with a value: "bundle" or "bundle,b". */
    static Option value(String names) {
        return of(names, true);
    }

    /** An option that is there or not: "force" or "force,f". */
    static Option flag(String names) {
        return of(names, false);
    }

    private static Option of(String names, boolean value) {
        int comma = names.indexOf(',');
        return comma < 0
                ? new Option(names, ' ', value)
                : new Option(names.substring(0, comma), names.charAt(comma + 1), value);
    }
}
