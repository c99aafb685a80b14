package org.berth.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.berth.network.Networks.PublishedPort;
import org.junit.jupiter.api.Test;

/** The rules as text; that the kernel takes them and what they do is shown by the kernel tests. */
class RulesetTest {
    @Test
    void nothingMeansNoTable() {
        assertThat(new Ruleset("berth_abcdef", List.of(), List.of(), true).render())
                .isEqualTo("add table ip berth_abcdef\ndelete table ip berth_abcdef\n");
    }

    @Test
    void aNetworkAndItsPortsAreOneTransaction() {
        Ruleset rules = new Ruleset(
                "berth_abcdef",
                List.of(
                        new Ruleset.Bridge("br0", Subnet.parse("10.64.0.0/24"), false, 53),
                        new Ruleset.Bridge("br1", Subnet.parse("10.64.1.0/24"), true, 4053)),
                List.of(
                        port("0.0.0.0", 80, "tcp", "10.64.0.3", "10.64.0.2", "10.64.0.3"),
                        port("127.0.0.1", 8080, "tcp", "10.64.0.2"),
                        port("0.0.0.0", 5353, "udp")),
                true);
        assertThat(rules.render()).isEqualTo("""
                        add table ip berth_abcdef
                        delete table ip berth_abcdef
                        table ip berth_abcdef {
                        	chain tcp_8080_on_127.0.0.1 {
                        		meta l4proto tcp dnat ip to numgen inc mod 1 map { 0 : 10.64.0.2 . 80 }
                        	}
                        	chain tcp_80_on_0.0.0.0 {
                        		meta l4proto tcp dnat ip to numgen inc mod 2 map { 0 : 10.64.0.2 . 80, 1 : 10.64.0.3 . 80 }
                        	}
                        	map answered_here {
                        		type ipv4_addr . inet_proto . inet_service : verdict
                        		elements = { 127.0.0.1 . tcp . 8080 : goto tcp_8080_on_127.0.0.1 }
                        	}
                        	map answered_everywhere {
                        		type inet_proto . inet_service : verdict
                        		elements = { tcp . 80 : goto tcp_80_on_0.0.0.0 }
                        	}
                        	map refused_here {
                        		type ipv4_addr . inet_proto . inet_service : verdict
                        	}
                        	map refused_everywhere {
                        		type inet_proto . inet_service : verdict
                        		elements = { udp . 5353 : goto refuse }
                        	}
                        	chain guard {
                        		type filter hook prerouting priority raw; policy accept;
                        		iifname != "lo" ip daddr 127.0.0.0/8 drop
                        		iifname { "br0", "br1" } ip saddr 127.0.0.0/8 drop
                        	}
                        	chain arriving {
                        		type nat hook prerouting priority dstnat; policy accept;
                        		iifname "br0" ip daddr 10.64.0.1 meta l4proto { tcp, udp } th dport 53 accept
                        		iifname "br1" ip daddr 10.64.1.1 meta l4proto { tcp, udp } th dport 53 redirect to :4053
                        		ip daddr . meta l4proto . th dport vmap @answered_here
                        		fib daddr type local meta l4proto . th dport vmap @answered_everywhere
                        	}
                        	chain own {
                        		type nat hook output priority -100; policy accept;
                        		ip daddr . meta l4proto . th dport vmap @answered_here
                        		fib daddr type local meta l4proto . th dport vmap @answered_everywhere
                        	}
                        	chain refuse {
                        		meta l4proto tcp reject with tcp reset
                        		reject
                        	}
                        	chain input {
                        		type filter hook input priority filter; policy accept;
                        		ip daddr . meta l4proto . th dport vmap @refused_here
                        		fib daddr type local meta l4proto . th dport vmap @refused_everywhere
                        	}
                        	chain forward {
                        		type filter hook forward priority filter; policy accept;
                        		ct state established,related accept
                        		iifname { "br0", "br1" } ct state invalid drop
                        		iifname . oifname { "br0" . "br0", "br1" . "br1" } accept
                        		iifname { "br1" } drop
                        		oifname { "br0", "br1" } ct status dnat accept
                        		oifname { "br0", "br1" } drop
                        	}
                        	chain leaving {
                        		type nat hook postrouting priority srcnat; policy accept;
                        		oifname { "br0", "br1" } ip saddr 127.0.0.0/8 masquerade
                        		oifname "br0" ip saddr 10.64.0.0/24 ip daddr 10.64.0.0/24 ct status dnat masquerade
                        		oifname "br1" ip saddr 10.64.1.0/24 ip daddr 10.64.1.0/24 ct status dnat masquerade
                        		oifname != { "br0", "br1" } ip saddr { 10.64.0.0/24 } masquerade
                        	}
                        }
                        """);
    }

    @Test
    void aChangeOfPortsTouchesThoseOnly() {
        List<Ruleset.Bridge> bridges = List.of(new Ruleset.Bridge("br0", Subnet.parse("10.64.0.0/24"), false, 53));
        BalancedPort kept = port("0.0.0.0", 80, "tcp", "10.64.0.2");
        Ruleset before = new Ruleset(
                "berth_a",
                bridges,
                List.of(kept, port("127.0.0.1", 81, "tcp", "10.64.0.3"), port("0.0.0.0", 53, "udp")),
                true);
        Ruleset after = new Ruleset(
                "berth_a",
                bridges,
                List.of(kept, port("127.0.0.1", 81, "tcp", "10.64.0.4"), port("127.0.0.1", 82, "tcp")),
                true);
        assertThat(after.renderChange(before)).contains("""
                delete element ip berth_a answered_here { 127.0.0.1 . tcp . 81 }
                flush chain ip berth_a tcp_81_on_127.0.0.1
                delete chain ip berth_a tcp_81_on_127.0.0.1
                delete element ip berth_a refused_everywhere { udp . 53 }
                add chain ip berth_a tcp_81_on_127.0.0.1
                add rule ip berth_a tcp_81_on_127.0.0.1 meta l4proto tcp dnat ip to numgen inc mod 1 map { 0 : 10.64.0.4 . 80 }
                add element ip berth_a answered_here { 127.0.0.1 . tcp . 81 : goto tcp_81_on_127.0.0.1 }
                add element ip berth_a refused_here { 127.0.0.1 . tcp . 82 : goto refuse }
                """);
        assertThat(new Ruleset("berth_a", List.of(), List.of(kept), true).renderChange(before))
                .isEmpty();
        assertThat(before.renderChange(new Ruleset("berth_a", List.of(), List.of(), true)))
                .isEmpty();
    }

    /** The machine's own packets are not ours to judge. */
    @Test
    void whatBelongsToNoConnectionIsDroppedInAUsersOwnNetwork() {
        List<Ruleset.Bridge> bridges = List.of(new Ruleset.Bridge("br0", Subnet.parse("10.64.0.0/24"), false, 53));
        String rule = "meta l4proto tcp ct state invalid drop";
        assertThat(new Ruleset("berth_a", bridges, List.of(), true).render()).doesNotContain(rule);
        assertThat(new Ruleset("berth_a", bridges, List.of(), false).render())
                .contains("hook input priority filter; policy accept;\n\t\t" + rule + "\n");
    }

    private static BalancedPort port(String address, int port, String protocol, String... backends) {
        return new BalancedPort(
                new PublishedPort(TestHost.address(address), port, 80, protocol),
                List.of(backends).stream().map(TestHost::address).toList());
    }
}
