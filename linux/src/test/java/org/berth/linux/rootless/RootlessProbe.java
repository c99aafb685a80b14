package org.berth.linux.rootless;

import java.nio.file.Files;
import java.nio.file.Path;
import org.berth.base.Instance;
import org.berth.linux.OwnUserNamespace;
import org.berth.linux.netlink.Link;
import org.berth.linux.netlink.NetworkNamespace;
import org.berth.linux.netlink.RouteSocket;

/** A program that becomes root of its user's namespaces, says what it is then, and leaves them. */
public final class RootlessProbe {
    private RootlessProbe() {}

    /** @param arguments said as they came; "stay" as the first has the namespaces kept */
    public static void main(String... arguments) throws Exception {
        Instance instance = Instance.fromEnvironment(System.getenv());
        if (Rootless.isOrdinary()) {
            Rootless.enter(instance, System.getenv(), warning -> System.out.println("warning " + warning));
        }
        System.out.println("machine's " + OwnUserNamespace.isMachines());
        System.out.println("user " + Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        System.out.println("last group " + OwnUserNamespace.lastGroup(Long.MAX_VALUE));
        System.out.println("namespaces " + link("user") + " " + link("mnt") + " " + link("net"));
        System.out.println("arguments " + String.join("|", arguments));
        System.out.println("variable " + System.getenv("PROBE"));
        System.out.println("folder " + Path.of("").toAbsolutePath());
        System.out.println(
                "resolver " + Files.readAllLines(Path.of("/etc/resolv.conf")).getFirst());
        try (RouteSocket socket = RouteSocket.open(NetworkNamespace.current())) {
            System.out.println(
                    "interfaces " + socket.links().stream().map(Link::name).toList());
        }
        if (arguments.length == 0 || !arguments[0].equals("stay")) {
            Rootless.leave(instance);
        }
        System.out.println("kept " + Files.exists(instance.run().resolve("keeper")));
    }

    private static Path link(String kind) throws Exception {
        return Files.readSymbolicLink(Path.of("/proc/self/ns", kind));
    }
}
