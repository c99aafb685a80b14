package org.berth.linux.cgroup;

import java.util.ArrayList;
import java.util.List;

/**
 * One line of a list that says which devices a group may use. The list is read from its beginning,
 * on the ground that nothing is allowed; of lines that speak of one device the last one counts.
 *
 * @param allow whether the access is given or taken away
 * @param kind 'c', 'b', or 'a' for devices of both kinds (then all numbers and all access are meant)
 * @param major its major number; {@link DeviceRule#ANY} for every one
 * @param minor its minor number; {@link DeviceRule#ANY} for every one
 * @param access some of r (read), w (write), m (mknod)
 */
public record DeviceAccess(boolean allow, char kind, long major, long minor, String access) {
    private static final long NUMBER_MAX = 0xffffffffL;

    public DeviceAccess {
        boolean kindKnown = kind == 'c' || kind == 'b' || kind == 'a';
        if (!kindKnown || !access.matches("[rwm]{1,3}") || !isNumber(major) || !isNumber(minor)) {
            throw new IllegalArgumentException("no device rule: " + kind + " " + major + ":" + minor + " " + access
                    + "; expected a, b or c, numbers or -1 for any, and some of rwm");
        }
    }

    /** The list, then what every container may use ({@link DeviceRule#STANDARD}). */
    public static List<DeviceAccess> withStandard(List<DeviceAccess> list) {
        List<DeviceAccess> all = new ArrayList<>(list);
        DeviceRule.STANDARD.forEach(
                rule -> all.add(new DeviceAccess(true, rule.kind(), rule.major(), rule.minor(), rule.access())));
        return List.copyOf(all);
    }

    /** Every device, to allow or to refuse. */
    public static DeviceAccess all(boolean allow) {
        return new DeviceAccess(allow, 'a', DeviceRule.ANY, DeviceRule.ANY, "rwm");
    }

    /** Whether it means every device. */
    boolean isAll() {
        return kind == 'a';
    }

    /** As v1's files take it: "c 1:3 rwm", or "a". */
    String line() {
        return isAll() ? "a" : kind + " " + number(major) + ":" + number(minor) + " " + access;
    }

    private static boolean isNumber(long number) {
        return number >= DeviceRule.ANY && number <= NUMBER_MAX;
    }

    private static String number(long number) {
        return number == DeviceRule.ANY ? "*" : Long.toString(number);
    }
}
