package org.berth.builder;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.berth.builder.dockerfile.Place;

/** Permissions as COPY --chmod has them: "755", or as chmod(1): "u=rwX,go+r", "a-x". */
final class FileMode {
    private static final Pattern OCTAL = Pattern.compile("[0-7]{1,5}");
    private static final Pattern CLAUSE = Pattern.compile("([ugoa]*)([-+=][rwxXst]*)+");
    private static final Pattern ACTION = Pattern.compile("([-+=])([rwxXst]*)");
    private static final int ALL = 07777;
    private static final int EXECUTABLE = 0111;

    private final int octal;
    private final List<String> clauses;

    private FileMode(int octal, List<String> clauses) {
        this.octal = octal;
        this.clauses = clauses;
    }

    static FileMode parse(String text, Place place) {
        if (OCTAL.matcher(text).matches() && Integer.parseInt(text, 8) <= ALL) {
            return new FileMode(Integer.parseInt(text, 8), List.of());
        }
        List<String> clauses = new ArrayList<>();
        for (String clause : text.split(",", -1)) {
            if (!CLAUSE.matcher(clause).matches()) {
                throw place.invalid("invalid chmod parameter '" + text
                        + "': expected an octal number to 07777, or such as u=rwX,go=r");
            }
            clauses.add(clause);
        }
        return new FileMode(-1, clauses);
    }

    /** The permissions of a file that had these. */
    int apply(int before, boolean folder) {
        if (octal >= 0) {
            return octal;
        }
        int mode = before;
        for (String clause : clauses) {
            int who = who(clause);
            Matcher actions = ACTION.matcher(clause);
            while (actions.find()) {
                int bits = bits(actions.group(2), mode, folder) & who;
                mode = switch (actions.group(1)) {
                    case "+" -> mode | bits;
                    case "-" -> mode & ~bits;
                    default -> (mode & ~(who & 0777)) | bits;
                };
            }
        }
        return mode;
    }

    private static int who(String clause) {
        int who = 0;
        for (int i = 0; i < clause.length(); i++) {
            switch (clause.charAt(i)) {
                case 'u' -> who |= 04700;
                case 'g' -> who |= 02070;
                case 'o' -> who |= 01007;
                case 'a' -> who |= ALL;
                default -> {
                    return who == 0 ? ALL : who;
                }
            }
        }
        return who == 0 ? ALL : who;
    }

    private static int bits(String letters, int mode, boolean folder) {
        int bits = 0;
        for (int i = 0; i < letters.length(); i++) {
            bits |= switch (letters.charAt(i)) {
                case 'r' -> 0444;
                case 'w' -> 0222;
                case 'x' -> EXECUTABLE;
                case 'X' -> folder || (mode & EXECUTABLE) != 0 ? EXECUTABLE : 0;
                case 's' -> 06000;
                default -> 01000;
            };
        }
        return bits;
    }
}
