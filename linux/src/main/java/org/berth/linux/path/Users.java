package org.berth.linux.path;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * Who a user's text stands for in a root: "", "name", "uid", "uid:gid", "name:group", read from the
 * root's {@code /etc/passwd} and {@code /etc/group} (passwd(5), group(5)).
 *
 * <p>Strict, for CVE-2026-30892, where a number read half-way made a user of another: a number is
 * decimal digits alone and at most {@link #ID_MAX}; an entry whose number is not one is no entry, and
 * an error when it is the one asked for. Digits are always a number, never a name.
 */
public final class Users {
    /** The largest id: what a signed 32-bit number holds; above it lies -1, "leave as it is". */
    public static final long ID_MAX = Integer.MAX_VALUE;

    private static final int FILE_BYTES_MAX = 4 * 1024 * 1024;
    private static final int GROUPS_MAX = 65536;

    private final List<String[]> passwd;
    private final List<String[]> group;

    private Users(String passwd, String group) {
        this.passwd = fields(passwd, 7);
        this.group = fields(group, 4);
    }

    /**
     * Someone, by the root's numbers.
     *
     * @param groups supplementary groups, ascending as the file has them
     * @param home "/" when it is not known
     */
    public record Identity(long uid, long gid, List<Long> groups, String home) {}

    /** The users of a root; files that are missing are empty. */
    public static Users of(InRoot root) {
        return parse(
                root.readText("/etc/passwd", FILE_BYTES_MAX).orElse(""),
                root.readText("/etc/group", FILE_BYTES_MAX).orElse(""));
    }

    /** The users of two files' texts. */
    public static Users parse(String passwd, String group) {
        return new Users(passwd, group);
    }

    /**
     * Resolves a user's text. Empty is user 0. A group given alone counts ("name:group" has no
     * supplementary groups); else the groups that list the user are its supplementary ones.
     *
     * @throws BerthException INVALID for a text or entry that is not of the form, or an unknown name
     */
    public Identity resolve(String text) {
        int colon = text.indexOf(':');
        String user = colon < 0 ? text : text.substring(0, colon);
        if (colon >= 0 && user.isEmpty()) {
            throw invalid("user '" + text + "': a name or number was expected before ':'");
        }
        Identity identity = user(user.isEmpty() ? "0" : user);
        if (colon < 0) {
            return identity;
        }
        return new Identity(identity.uid(), group(text.substring(colon + 1)), List.of(), identity.home());
    }

    /** The id of a group's name or number. */
    public long group(String text) {
        if (isNumber(text)) {
            return number(text, "group '" + text + "'");
        }
        for (String[] entry : group) {
            if (entry[0].equals(text) && !text.isEmpty()) {
                return number(entry[2], "the id of group '" + text + "' in /etc/group");
            }
        }
        throw invalid("group '" + text + "': not in /etc/group; expected a name that is, or a number");
    }

    private Identity user(String text) {
        if (isNumber(text)) {
            return byNumber(number(text, "user '" + text + "'"));
        }
        for (String[] entry : passwd) {
            if (entry[0].equals(text)) {
                long uid = number(entry[2], "the id of user '" + text + "' in /etc/passwd");
                return identity(entry, uid);
            }
        }
        throw invalid("user '" + text + "': not in /etc/passwd; expected a name that is, or a number");
    }

    private Identity byNumber(long uid) {
        for (String[] entry : passwd) {
            if (lenient(entry[2]).equals(Optional.of(uid))) {
                return identity(entry, uid);
            }
        }
        return new Identity(uid, 0, List.of(), "/");
    }

    private Identity identity(String[] entry, long uid) {
        long gid = number(entry[3], "the group of user '" + entry[0] + "' in /etc/passwd");
        String home = entry[5].startsWith("/") ? entry[5] : "/";
        return new Identity(uid, gid, groupsOf(entry[0]), home);
    }

    private List<Long> groupsOf(String user) {
        List<Long> groups = new ArrayList<>();
        for (String[] entry : group) {
            if (groups.size() < GROUPS_MAX && List.of(entry[3].split(",", -1)).contains(user)) {
                lenient(entry[2]).filter(gid -> !groups.contains(gid)).ifPresent(groups::add);
            }
        }
        return List.copyOf(groups);
    }

    /** Digits at the beginning, or a sign: meant as a number, and checked as one. */
    private static boolean isNumber(String text) {
        return !text.isEmpty()
                && (Character.isDigit(text.charAt(0)) || text.charAt(0) == '-' || text.charAt(0) == '+')
                && text.chars().skip(1).allMatch(Character::isDigit);
    }

    private static long number(String text, String what) {
        return lenient(text)
                .orElseThrow(() -> invalid(what + ": expected a number from 0 to " + ID_MAX + ", not '" + text + "'"));
    }

    private static Optional<Long> lenient(String text) {
        boolean digits = !text.isEmpty() && text.length() <= 10 && text.chars().allMatch(c -> c >= '0' && c <= '9');
        return digits ? Optional.of(Long.parseLong(text)).filter(id -> id <= ID_MAX) : Optional.empty();
    }

    private static List<String[]> fields(String text, int count) {
        return text.lines()
                .map(line -> line.split(":", -1))
                .filter(fields -> fields.length == count && !fields[0].isEmpty())
                .toList();
    }

    private static BerthException invalid(String message) {
        return new BerthException(ErrorCode.INVALID, message);
    }
}
