package org.berth.network;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The packet rules of an instance, as the text of one transaction: a
 * packet meets the old rules or the new ones, and connections that are up go on, as they are known to
 * connection tracking and not to the rules. Pure.
 *
 * @param table the table's name, with the instance's tag
 * @param machines whether the network namespace is the machine's; else it is an ordinary user's own
 */
record Ruleset(String table, List<Bridge> bridges, List<BalancedPort> ports, boolean machines) {
    Ruleset {
        ports = ports.stream().sorted(Comparator.comparing(BalancedPort::chain)).toList();
    }

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

    /** The transaction that replaces everything. With neither networks nor ports it removes the table. */
    String render() {
        List<String> lines = new ArrayList<>();
        lines.add("add table ip " + table);
        lines.add("delete table ip " + table);
        if (!isEmpty()) {
            lines.add("table ip " + table + " {");
            ports.stream()
                    .filter(BalancedPort::isAnswered)
                    .forEach(port -> chain(lines, port.chain(), List.of(port.balance())));
            for (BalancedPort.Place place : BalancedPort.Place.values()) {
                map(lines, place);
            }
            chain(lines, "guard", guard());
            chain(lines, "arriving", arriving());
            chain(lines, "own", own());
            chain(lines, "refuse", List.of("meta l4proto tcp reject with tcp reset", "reject"));
            chain(lines, "input", input());
            chain(lines, "forward", forward());
            chain(lines, "leaving", leaving());
            lines.add("}");
        }
        return text(lines);
    }

    /**
     * The transaction that makes these rules of earlier ones: it touches the ports that changed, however
     * many there are. Empty when more than ports changed.
     *
     * @param before what the kernel has
     */
    Optional<String> renderChange(Ruleset before) {
        if (isEmpty() || before.isEmpty() || !before.bridges.equals(bridges)) {
            return Optional.empty();
        }
        List<String> lines = new ArrayList<>();
        Set<BalancedPort> kept = new LinkedHashSet<>(before.ports);
        kept.retainAll(ports);
        before.ports.stream().filter(port -> !kept.contains(port)).forEach(port -> {
            lines.add("delete element ip " + table + " " + port.place().map() + " { " + port.key() + " }");
            if (port.isAnswered()) {
                lines.add("flush chain ip " + table + " " + port.chain());
                lines.add("delete chain ip " + table + " " + port.chain());
            }
        });
        ports.stream().filter(port -> !kept.contains(port)).forEach(port -> {
            if (port.isAnswered()) {
                lines.add("add chain ip " + table + " " + port.chain());
                lines.add("add rule ip " + table + " " + port.chain() + " " + port.balance());
            }
            lines.add("add element ip " + table + " " + port.place().map() + " { " + port.element() + " }");
        });
        return Optional.of(text(lines));
    }

    /** Nothing to have a table for. */
    private boolean isEmpty() {
        return bridges.isEmpty() && ports.isEmpty();
    }

    private static String text(List<String> lines) {
        return String.join("\n", lines) + "\n";
    }

    private void map(List<String> lines, BalancedPort.Place place) {
        lines.add("\tmap " + place.map() + " {");
        lines.add("\t\ttype " + place.type());
        String elements = ports.stream()
                .filter(port -> port.place() == place)
                .map(BalancedPort::element)
                .collect(Collectors.joining(", "));
        if (!elements.isEmpty()) {
            lines.add("\t\telements = { " + elements + " }");
        }
        lines.add("\t}");
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

    /** From other hosts and from containers to a published port; the guard sees to loopback. */
    private List<String> arriving() {
        List<String> rules = new ArrayList<>();
        rules.add("type nat hook prerouting priority dstnat; policy accept;");
        bridges.forEach(bridge -> rules.add(bridge.dns()));
        rules.add(BalancedPort.Place.ANSWERED_HERE.match());
        rules.add(BalancedPort.Place.ANSWERED_EVERYWHERE.match());
        return rules;
    }

    /** From the host itself to a published port. */
    private List<String> own() {
        return List.of(
                "type nat hook output priority -100; policy accept;",
                BalancedPort.Place.ANSWERED_HERE.match(),
                BalancedPort.Place.ANSWERED_EVERYWHERE.match());
    }

    /**
     * A port that nothing answers now refuses at once: it must not hang. In a network of the user's own what belongs to no
     * connection is dropped: older releases of pasta(1) send segments without any flag, which connection tracking does
     * not give back to the container they are for, and the kernel would reset the connection for want of a socket.
     */
    private List<String> input() {
        List<String> rules = new ArrayList<>();
        rules.add("type filter hook input priority filter; policy accept;");
        if (!machines) {
            rules.add("meta l4proto tcp ct state invalid drop");
        }
        rules.add(BalancedPort.Place.REFUSED_HERE.match());
        rules.add(BalancedPort.Place.REFUSED_EVERYWHERE.match());
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
