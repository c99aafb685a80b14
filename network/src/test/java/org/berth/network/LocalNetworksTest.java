package org.berth.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet4Address;
import java.util.Map;
import java.util.Optional;
import org.berth.base.Instance;
import org.berth.linux.netlink.NetworkNamespace;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** Networks on the real kernel, in namespaces of the test's own. */
@KernelTest
class LocalNetworksTest {
    @Test
    void containersOfANetworkReachEachOtherAndTheWorld(Instance instance) throws Exception {
        try (TestHost host = new TestHost(instance)) {
            host.networks().create("app", Optional.empty(), false, Map.of());
            NetworkNamespace web = host.container("web", "app", "web-1");
            NetworkNamespace database = host.container("db", "app", "db-1");
            Inet4Address address = host.address("db", 0);
            host.greet(database, address, 5432, "db");
            host.greet(host.neighbour, TestHost.NEIGHBOUR, 80, "neighbour");

            assertThat(host.greeting(web, address, 5432))
                    .isEqualTo("db " + host.address("web", 0).getHostAddress());
            assertThat(host.greeting(web, TestHost.NEIGHBOUR, 80))
                    .isEqualTo("neighbour " + TestHost.ADDRESS.getHostAddress());
        }
    }
}
