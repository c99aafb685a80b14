package org.berth.network;

import java.nio.file.Path;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Descriptor;
import org.berth.linux.OwnUserNamespace;
import org.berth.linux.netlink.NetworkNamespace;
import org.berth.linux.netlink.RouteSocket;

/** Network namespaces held by files of one folder, by their key. */
final class NamespaceFiles {
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]*");

    /** The last group that the kernel takes for those who may ping (net.ipv4.ping_group_range). */
    private static final long GROUPS_MAX = Integer.MAX_VALUE;

    private final Path folder;

    NamespaceFiles(Path folder) {
        this.folder = folder;
    }

    /**
     * A new namespace. Its loopback is up; what comes into it has no IPv6, as our networks have none
     * and link-local addresses would only be a way round the rules; its programs need not be root for
     * low ports and ping, as they are nobody else's there.
     */
    Path create(String key) {
        return create(key, () -> NetworkNamespace.create(NamespaceFiles::setUp));
    }

    /** The same of one that another process makes. */
    Path create(String key, Supplier<Descriptor> made) {
        return create(key, () -> NetworkNamespace.adopt(made, NamespaceFiles::setUp));
    }

    private Path create(String key, Creation creation) {
        Path file = file(key);
        if (NetworkNamespace.isHeldBy(file)) {
            throw new BerthException(
                    ErrorCode.CONFLICT, "network namespace " + key + " exists already; remove it first");
        }
        try (NetworkNamespace namespace = creation.create()) {
            namespace.hold(file);
        }
        return file;
    }

    @FunctionalInterface
    private interface Creation {
        NetworkNamespace create();
    }

    private static void setUp() {
        RouteSocket.switchOnLoopback();
        Settings.setIfPresent("ipv6/conf/default/disable_ipv6", "1");
        Settings.setIfPresent("ipv4/ip_unprivileged_port_start", "0");
        Settings.setIfPresent("ipv4/ping_group_range", "0\t" + OwnUserNamespace.lastGroup(GROUPS_MAX));
    }

    NetworkNamespace open(String key) {
        return NetworkNamespace.open(file(key));
    }

    boolean exists(String key) {
        return NetworkNamespace.isHeldBy(file(key));
    }

    /** Idempotent. */
    void remove(String key) {
        NetworkNamespace.release(file(key));
    }

    private Path file(String key) {
        if (!KEY.matcher(key).matches()) {
            throw new BerthException(
                    ErrorCode.INVALID, "namespace key " + key + ": expected letters, digits, '_', '.', '-'");
        }
        return folder.resolve(key);
    }
}
