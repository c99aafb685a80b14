package org.berth.linux.cgroup;

import java.util.ArrayList;
import java.util.List;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * What a list of device rules comes to: everything or nothing, and exceptions from it in order.
 *
 * @param all whether what no exception speaks of is allowed
 * @param exceptions rules since the last one for all devices
 */
record DeviceList(boolean all, List<DeviceAccess> exceptions) {
    private static final int RULES_MAX = 512;

    DeviceList {
        exceptions = List.copyOf(exceptions);
    }

    /** A line for v1. */
    record Line(boolean allow, String text) {}

    /** @throws BerthException INVALID for more than 512 rules */
    static DeviceList of(List<DeviceAccess> rules) {
        if (rules.size() > RULES_MAX) {
            throw new BerthException(
                    ErrorCode.INVALID, "at most " + RULES_MAX + " device rules are taken, not " + rules.size());
        }
        boolean all = false;
        List<DeviceAccess> exceptions = new ArrayList<>();
        for (DeviceAccess rule : rules) {
            if (rule.isAll()) {
                all = rule.allow();
                exceptions.clear();
            } else if (rule.allow() != all || !exceptions.isEmpty()) {
                exceptions.add(rule);
            }
        }
        return new DeviceList(all, exceptions);
    }

    /**
     * For devices.allow and devices.deny, the first for all devices. v1 keeps a plain list of exceptions
     * (kernel Documentation/admin-guide/cgroup-v1/devices.rst): it silently leaves a wider rule whole when a
     * narrower one goes against it, so that such a pair is refused.
     */
    List<Line> legacyLines() {
        List<Line> lines = new ArrayList<>();
        lines.add(new Line(all, "a"));
        List<DeviceAccess> kept = new ArrayList<>();
        for (DeviceAccess rule : exceptions) {
            if (rule.allow() == all) {
                for (DeviceAccess earlier : kept) {
                    if (overlap(earlier, rule) && !covers(rule, earlier)) {
                        throw new BerthException(
                                ErrorCode.UNSUPPORTED,
                                "device rule " + words(rule) + ": cgroup v1 can't take it out of " + words(earlier));
                    }
                }
                kept.stream()
                        .filter(earlier -> overlap(earlier, rule))
                        .map(earlier ->
                                new DeviceAccess(all, earlier.kind(), earlier.major(), earlier.minor(), rule.access()))
                        .forEach(undone -> lines.add(new Line(all, undone.line())));
                kept.removeIf(earlier -> overlap(earlier, rule) && coversAccess(rule, earlier));
            } else {
                kept.add(rule);
                lines.add(new Line(rule.allow(), rule.line()));
            }
        }
        return lines;
    }

    /** The plain meaning: the last rule that speaks of a kind of access counts. */
    boolean allows(char kind, long major, long minor, String access) {
        return access.chars().allMatch(each -> {
            boolean allowed = all;
            for (DeviceAccess rule : exceptions) {
                if (rule.kind() == kind
                        && fits(rule.major(), major)
                        && fits(rule.minor(), minor)
                        && rule.access().indexOf(each) >= 0) {
                    allowed = rule.allow();
                }
            }
            return allowed;
        });
    }

    private static boolean overlap(DeviceAccess one, DeviceAccess other) {
        return one.kind() == other.kind()
                && (fits(one.major(), other.major()) || fits(other.major(), one.major()))
                && (fits(one.minor(), other.minor()) || fits(other.minor(), one.minor()))
                && other.access().chars().anyMatch(each -> one.access().indexOf(each) >= 0);
    }

    private static boolean covers(DeviceAccess wide, DeviceAccess narrow) {
        return fits(wide.major(), narrow.major()) && fits(wide.minor(), narrow.minor());
    }

    private static boolean coversAccess(DeviceAccess wide, DeviceAccess narrow) {
        return narrow.access().chars().allMatch(each -> wide.access().indexOf(each) >= 0);
    }

    private static boolean fits(long rule, long number) {
        return rule == DeviceRule.ANY || rule == number;
    }

    private static String words(DeviceAccess rule) {
        return (rule.allow() ? "allow " : "deny ") + rule.line();
    }
}
