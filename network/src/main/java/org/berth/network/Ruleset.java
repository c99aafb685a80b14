package org.berth.network;

import java.net.Inet4Address;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.berth.network.Networks.PublishedPort;

/**
 * The packet rules of an instance, as the text of one transaction that replaces its whole table: a
 * packet meets the old rules or the new ones, and connections that are up go on, as they are known to
 * connection tracking and not to the rules. Pure.
 *
 * @param table the table's name, with the instance's tag
 */
record Ruleset(String table, List<Bridge> bridges, List<Balanced> ports) {
    /**
     * A network's bridge.
     *
     * @param internal no way out of it
     * @param dnsPort where its DNS really is on the gateway's address; containers ask port 53
     */
    record Bridge(String name, Subnet subnet, boolean internal, int dnsPort) {
        /** A container's DNS is its gateway's, whatever is published on port 53. */
        String dns() {
            String verdict = dnsPort == DnsServer.PORT ? "accept" : "redirect to :" + dnsPort;
            return "iifname " + quoted(name) + " ip daddr " + subnet.gateway().getHostAddress()
                    + " meta l4proto { tcp, udp } th dport " + DnsServer.PORT + " " + verdict;
        }
    }

    /** A published port with what answers it; nothing may. */
    record Balanced(PublishedPort port, List<Inet4Address> backends) {
        private static final Comparator<Inet4Address> ORDER = Comparator.comparing(Inet4Address::getHostAddress);

        Balanced {
            backends = backends.stream().distinct().sorted(ORDER).toList();
        }

        /** A chain's name: "tcp_8080_on_127.0.0.1". */
        String chain() {
            return port.protocol() + "_" + port.hostPort() + "_on_"
                    + port.address().getHostAddress();
        }

        boolean everywhere() {
            return port.address().isAnyLocalAddress();
        }

        /** Matches a packet to the port. */
        String match() {
            String address = everywhere()
                    ? "fib daddr type local"
                    : "ip daddr " + port.address().getHostAddress();
            return address + " " + port.protocol() + " dport " + port.hostPort();
        }

        /** Sends each new connection to the next of the backends. */
        String balance() {
            String mapped = IntStream.range(0, backends.size())
                    .mapToObj(number ->
                            number + " : " + backends.get(number).getHostAddress() + " . " + port.containerPort())
                    .collect(Collectors.joining(", "));
            return "meta l4proto " + port.protocol() + " dnat ip to numgen inc mod " + backends.size() + " map { "
                    + mapped + " }";
        }
    }

    /** The transaction. With neither networks nor ports it removes the table. */
    String render() {
        List<String> lines = new ArrayList<>();
        lines.add("add table ip " + table);
        lines.add("delete table ip " + table);
        if (!bridges.isEmpty() || !ports.isEmpty()) {
            lines.add("table ip " + table + " {");
            ports.stream()
                    .filter(port -> !port.backends().isEmpty())
                    .forEach(port -> chain(lines, port.chain(), List.of(port.balance())));
            chain(lines, "guard", guard());
            chain(lines, "arriving", arriving());
            chain(lines, "own", own());
            chain(lines, "input", input());
            chain(lines, "forward", forward());
            chain(lines, "leaving", leaving());
            lines.add("}");
        }
        return String.join("\n", lines) + "\n";
    }

    private static void chain(List<String> lines, String name, List<String> rules) {
        lines.add("\tchain " + name + " {");
        rules.forEach(rule -> lines.add("\t\t" + rule));
        lines.add("\t}");
    }

    /**
     * Our bridges may route 127.0.0.0/8 (route_localnet), so that a connection of the host's own to a
     * published port on loopback can leave by them. Without this chain every neighbour could reach
     * what listens on loopback only (CVE-2020-8558). It comes before connection tracking, where an
     * answer to a translated connection does not bear a loopback address yet.
     */
    private List<String> guard() {
        List<String> rules = new ArrayList<>();
        rules.add("type filter hook prerouting priority raw; policy accept;");
        rules.add("iifname != \"lo\" ip daddr 127.0.0.0/8 drop");
        if (!bridges.isEmpty()) {
            rules.add("iifname " + names(bridge -> true) + " ip saddr 127.0.0.0/8 drop");
        }
        return rules;
    }

    /** From other hosts and from containers to a published port; loopback can't be meant. */
    private List<String> arriving() {
        List<String> rules = new ArrayList<>();
        rules.add("type nat hook prerouting priority dstnat; policy accept;");
        bridges.forEach(bridge -> rules.add(bridge.dns()));
        answered()
                .filter(port -> !port.port().address().isLoopbackAddress())
                .forEach(port -> rules.add(port.match() + " goto " + port.chain()));
        return rules;
    }

    /** From the host itself to a published port. */
    private List<String> own() {
        List<String> rules = new ArrayList<>();
        rules.add("type nat hook output priority -100; policy accept;");
        answered().forEach(port -> rules.add(port.match() + " goto " + port.chain()));
        return rules;
    }

    /** A port that nothing answers now refuses at once: it must not hang. */
    private List<String> input() {
        List<String> rules = new ArrayList<>();
        rules.add("type filter hook input priority filter; policy accept;");
        byExactness()
                .filter(port -> port.backends().isEmpty())
                .forEach(port -> rules.add(
                        port.match() + " reject" + (port.port().protocol().equals("tcp") ? " with tcp reset" : "")));
        return rules;
    }

    /** What passes through: inside a network, to published ports, and out. Networks don't meet. */
    private List<String> forward() {
        List<String> rules = new ArrayList<>();
        rules.add("type filter hook forward priority filter; policy accept;");
        if (bridges.isEmpty()) {
            return rules;
        }
        String ours = names(bridge -> true);
        rules.add("ct state established,related accept");
        rules.add("iifname " + ours + " ct state invalid drop");
        rules.add("iifname . oifname { "
                + bridges.stream()
                        .map(bridge -> quoted(bridge.name()) + " . " + quoted(bridge.name()))
                        .collect(Collectors.joining(", "))
                + " } accept");
        if (bridges.stream().anyMatch(Bridge::internal)) {
            rules.add("iifname " + names(Bridge::internal) + " drop");
        }
        rules.add("oifname " + ours + " ct status dnat accept");
        rules.add("oifname " + ours + " drop");
        return rules;
    }

    /**
     * Who a packet comes from. Out of a network it is the host. A connection of the host's from
     * loopback, and one to a neighbour of the same network by a published port, could not be answered
     * to its own address. All others keep theirs, so that a service sees its client.
     */
    private List<String> leaving() {
        List<String> rules = new ArrayList<>();
        rules.add("type nat hook postrouting priority srcnat; policy accept;");
        if (bridges.isEmpty()) {
            return rules;
        }
        String ours = names(bridge -> true);
        rules.add("oifname " + ours + " ip saddr 127.0.0.0/8 masquerade");
        bridges.forEach(bridge -> rules.add("oifname " + quoted(bridge.name()) + " ip saddr " + bridge.subnet()
                + " ip daddr " + bridge.subnet() + " ct status dnat masquerade"));
        if (!bridges.stream().allMatch(Bridge::internal)) {
            rules.add("oifname != " + ours + " ip saddr { "
                    + bridges.stream()
                            .filter(bridge -> !bridge.internal())
                            .map(bridge -> bridge.subnet().toString())
                            .collect(Collectors.joining(", "))
                    + " } masquerade");
        }
        return rules;
    }

    private Stream<Balanced> answered() {
        return byExactness().filter(port -> !port.backends().isEmpty());
    }

    /** A port on one address comes before the same on all. */
    private Stream<Balanced> byExactness() {
        return ports.stream().sorted(Comparator.comparing(Balanced::everywhere).thenComparing(Balanced::chain));
    }

    private String names(Predicate<Bridge> which) {
        return bridges.stream()
                .filter(which)
                .map(bridge -> quoted(bridge.name()))
                .collect(Collectors.joining(", ", "{ ", " }"));
    }

    private static String quoted(String name) {
        return "\"" + name + "\"";
    }
}
