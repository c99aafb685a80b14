package org.berth.linux.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.Instance;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** Links, addresses, routes and namespaces of the real kernel, in namespaces of the test's own. */
@KernelTest
class RouteSocketTest {
    private static final Inet4Address GATEWAY = Inet4Address.ofLiteral("10.1.2.1");
    private static final Inet4Address ADDRESS = Inet4Address.ofLiteral("10.1.2.2");

    @Test
    void aPairLeadsFromABridgeToAnotherNamespace() {
        try (NetworkNamespace host = RouteSocket.createNamespace();
                NetworkNamespace container = RouteSocket.createNamespace();
                RouteSocket outside = RouteSocket.open(host);
                RouteSocket inside = RouteSocket.open(container)) {
            outside.createBridge("bridge0", MacAddress.of(GATEWAY), 1400);
            Link bridge = outside.link("bridge0").orElseThrow();
            assertThat(bridge.kind()).isEqualTo("bridge");
            assertThat(bridge.up()).isTrue();
            assertThat(bridge.mtu()).isEqualTo(1400);
            assertThat(bridge.address()).contains(new MacAddress("02:be:0a:01:02:01"));

            outside.createVeth("pair0", bridge, "eth0", MacAddress.of(ADDRESS), 1300, container);
            outside.setHairpin(outside.link("pair0").orElseThrow().index());
            assertThat(outside.link("pair0").orElseThrow().master()).hasValue(bridge.index());
            Link link = inside.link("eth0").orElseThrow();
            inside.configure(link, ADDRESS, 24, Optional.of(GATEWAY));
            assertThat(inside.link("eth0").orElseThrow().up()).isTrue();
            assertThat(inside.link("eth0").orElseThrow().mtu()).isEqualTo(1300);
            assertThat(inside.addresses()).contains(new InterfaceAddress(link.index(), ADDRESS, 24));
            assertThat(inside.routes())
                    .anyMatch(route -> route.isDefault() && route.gateway().equals(Optional.of(GATEWAY)));

            outside.delete(outside.link("pair0").orElseThrow());
            assertThat(inside.link("eth0")).isEmpty();
        }
    }

    @Test
    void aLinkCanBeChanged() {
        try (NetworkNamespace host = RouteSocket.createNamespace();
                RouteSocket socket = RouteSocket.open(host)) {
            socket.createBridge("before", MacAddress.of(GATEWAY), 1500);
            int index = socket.link("before").orElseThrow().index();
            socket.switchOff(index);
            socket.rename(index, "after");
            socket.setMtu(index, 1280);
            socket.setAddress(index, MacAddress.of(ADDRESS));
            Link link = socket.link("after").orElseThrow();
            assertThat(link.up()).isFalse();
            assertThat(link.mtu()).isEqualTo(1280);
            assertThat(link.address()).contains(MacAddress.of(ADDRESS));
        }
    }

    @Test
    void theKernelsRefusalSaysWhatAndWhy() {
        try (NetworkNamespace host = RouteSocket.createNamespace();
                RouteSocket socket = RouteSocket.open(host)) {
            assertThatThrownBy(() -> socket.addDefaultRoute(GATEWAY))
                    .isInstanceOfSatisfying(
                            SystemCallException.class,
                            e -> assertThat(e.errno()).isEqualTo(Errno.ENETUNREACH))
                    .hasMessageStartingWith("add a default route by 10.1.2.1")
                    .hasMessageEndingWith("network is unreachable");
            assertThat(socket.link("missing")).isEmpty();
        }
    }

    @Test
    void aNamespaceIsHeldByAFile(Instance instance) throws Exception {
        Path file = instance.run().resolve("netns/one");
        try (NetworkNamespace namespace = RouteSocket.createNamespace()) {
            namespace.hold(file);
        }
        assertThat(NetworkNamespace.isHeldBy(file)).isTrue();
        try (NetworkNamespace namespace = NetworkNamespace.open(file);
                RouteSocket socket = RouteSocket.open(namespace)) {
            assertThat(socket.links()).extracting(Link::name).contains("lo");
            assertThat(socket.link("lo").orElseThrow().up()).isTrue();
            assertThat(namespace.<String>call(RouteSocketTest::own))
                    .isNotEqualTo(NetworkNamespace.current().call(RouteSocketTest::own));
        }
        NetworkNamespace.release(file);
        NetworkNamespace.release(file);
        assertThat(file).doesNotExist();
    }

    /** What a reboot leaves: the file without the mount. */
    @Test
    void aPlainFileIsNoNamespace(Instance instance) throws Exception {
        Path file = instance.run().resolve("netns/one");
        Files.createDirectories(instance.run().resolve("netns"));
        Files.createFile(file);
        assertThat(NetworkNamespace.isHeldBy(file)).isFalse();
        assertThatThrownBy(() -> NetworkNamespace.open(file))
                .isInstanceOf(BerthException.class)
                .hasMessageStartingWith("no network namespace at " + file);
        NetworkNamespace.release(file);
        assertThatThrownBy(() -> NetworkNamespace.open(file)).isInstanceOf(BerthException.class);
    }

    private static String own() {
        try {
            return Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
