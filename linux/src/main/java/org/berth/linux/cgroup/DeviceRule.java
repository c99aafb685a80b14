package org.berth.linux.cgroup;

import java.util.List;

/**
 * Devices that a group may use (kernel Documentation/admin-guide/cgroup-v1/devices.rst).
 *
 * @param kind 'c' or 'b'
 * @param major its major number; {@link #ANY} for every one
 * @param minor its minor number; {@link #ANY} for every one
 * @param access some of r (read), w (write), m (mknod)
 */
public record DeviceRule(char kind, int major, int minor, String access) {
    public static final int ANY = -1;

    /**
     * What docker's engine allows: to make any node, and to use null, zero, full, random, urandom,
     * tty, console and the terminals of devpts.
     */
    public static final List<DeviceRule> STANDARD = List.of(
            new DeviceRule('c', ANY, ANY, "m"),
            new DeviceRule('b', ANY, ANY, "m"),
            new DeviceRule('c', 1, 3, "rwm"),
            new DeviceRule('c', 1, 5, "rwm"),
            new DeviceRule('c', 1, 7, "rwm"),
            new DeviceRule('c', 1, 8, "rwm"),
            new DeviceRule('c', 1, 9, "rwm"),
            new DeviceRule('c', 5, 0, "rwm"),
            new DeviceRule('c', 5, 1, "rwm"),
            new DeviceRule('c', 5, 2, "rwm"),
            new DeviceRule('c', 136, ANY, "rwm"));

    public DeviceRule {
        if ((kind != 'c' && kind != 'b') || !access.matches("[rwm]{1,3}") || major < ANY || minor < ANY) {
            throw new IllegalArgumentException("no device rule: " + kind + " " + major + ":" + minor + " " + access);
        }
    }

    /** As v1's {@code devices.allow} takes it: "c 1:3 rwm". */
    String line() {
        return kind + " " + number(major) + ":" + number(minor) + " " + access;
    }

    private static String number(int number) {
        return number == ANY ? "*" : Integer.toString(number);
    }
}
