package org.berth.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.Instance;
import org.berth.linux.nftables.Nftables;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** Firewalls as others make them, in the kernel of a host of the test's own. */
@KernelTest
class ForeignFirewallsTest {
    private static final Path LEGACY = Path.of("/usr/sbin/iptables-legacy");

    @Test
    void aPolicyOfDropIsNamedWithWhatToDo(Instance instance) {
        try (TestHost host = new TestHost(instance)) {
            host.networks().create("app", Optional.empty(), false, Map.of());
            assertThat(host.networks().warnings()).isEmpty();

            apply(host, """
                    table ip filter {
                        chain DOCKER-USER {
                        }
                        chain FORWARD {
                            type filter hook forward priority filter; policy drop;
                            counter jump DOCKER-USER
                        }
                    }
                    """);
            String bridges = "br" + instance.tag() + "-+";
            assertThat(host.networks().warnings())
                    .containsExactly("the firewall chain ip filter FORWARD drops packets of containers to other hosts,"
                            + " and of other hosts to published ports; to let them pass: iptables -I DOCKER-USER -i '"
                            + bridges + "' -j ACCEPT; iptables -I DOCKER-USER -o '" + bridges + "' -j ACCEPT");

            apply(host, "insert rule ip filter DOCKER-USER iifname \"br" + instance.tag() + "-*\" accept");
            assertThat(host.networks().warnings()).isEmpty();
        }
    }

    @Test
    void aLastRuleThatRejectsAllCountsAndOthersDoNot(Instance instance) {
        try (TestHost host = new TestHost(instance)) {
            host.networks().create("app", Optional.empty(), false, Map.of());
            apply(host, """
                    table inet guard {
                        chain filter_FORWARD {
                            type filter hook forward priority filter + 10; policy accept;
                            ct state established accept
                            counter reject with icmpx admin-prohibited
                        }
                        chain filter_INPUT {
                            type filter hook input priority filter + 10; policy accept;
                            tcp dport 22 drop
                        }
                        chain output {
                            type filter hook output priority filter; policy drop;
                            accept
                        }
                    }
                    table ip6 guard {
                        chain forward {
                            type filter hook forward priority filter; policy drop;
                        }
                    }
                    """);
            List<String> warnings = host.networks().warnings();
            assertThat(warnings).hasSize(1);
            assertThat(warnings.getFirst())
                    .startsWith("the firewall chain inet guard filter_FORWARD drops packets")
                    .contains("nft insert rule inet guard filter_FORWARD iifname '\"br" + instance.tag()
                            + "-*\"' accept");
        }
    }

    @Test
    void aRouteThatCameLaterIsNamed(Instance instance) {
        try (TestHost host = new TestHost(instance)) {
            host.networks().create("app", Optional.of("10.77.0.0/24"), false, Map.of());
            host.route(TestHost.address("10.77.0.128"), 25, TestHost.NEIGHBOUR);
            assertThat(host.networks().warnings())
                    .containsExactly("network app (10.77.0.0/24) overlaps the route to 10.77.0.128/25 by lan0:"
                            + " one hides the other; make the network again, with another subnet");
        }
    }

    /** Only where the old command is there to make the rules with. */
    @Test
    void theFilterBeforeNftablesIsReadToo(Instance instance) throws Exception {
        assumeTrue(Files.isExecutable(LEGACY), LEGACY + " is not installed");
        try (TestHost host = new TestHost(instance)) {
            host.networks().create("app", Optional.empty(), false, Map.of());
            legacy(host, "-A", "FORWARD", "-i", "lan0", "-j", "ACCEPT");
            assertThat(host.networks().warnings()).isEmpty();
            legacy(host, "-P", "FORWARD", "DROP");
            String bridges = "br" + instance.tag() + "-+";
            assertThat(host.networks().warnings())
                    .containsExactly("the firewall chain iptables-legacy filter FORWARD drops packets of containers to"
                            + " other hosts, and of other hosts to published ports; to let them pass: iptables-legacy"
                            + " -I FORWARD -i '" + bridges + "' -j ACCEPT; iptables-legacy -I FORWARD -o '" + bridges
                            + "' -j ACCEPT");
            legacy(host, "-I", "FORWARD", "-i", bridges, "-j", "ACCEPT");
            assertThat(host.networks().warnings()).isEmpty();
        }
    }

    private static void legacy(TestHost host, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(LEGACY.toString()));
        command.addAll(List.of(arguments));
        assertThat(host.run(command)).isZero();
    }

    private static void apply(TestHost host, String rules) {
        host.host.run(() -> Nftables.apply(rules));
    }
}
