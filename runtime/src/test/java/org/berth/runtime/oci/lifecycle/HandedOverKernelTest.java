package org.berth.runtime.oci.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.Inet4Address;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.berth.base.Instance;
import org.berth.base.JsonTree;
import org.berth.linux.Descriptor;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.linux.netlink.MacAddress;
import org.berth.linux.netlink.NetworkNamespace;
import org.berth.linux.netlink.RouteSocket;
import org.berth.runtime.oci.config.OciConfig;
import org.berth.runtime.oci.facts.BundleFacts;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Goal: what a container is given of the host's, and what the host is given of a container's, arrives. */
@KernelTest
class HandedOverKernelTest {
    private static final int CHARACTERS = 0020600;

    /** makedev(1, 5). */
    private static final int ZERO = 0x105;

    private static final Path SHARES = Path.of("/sys/fs/cgroup/cpu/cpu.rt_runtime_us");

    @Test
    void streamsAreGivenToTheUserButNoGroupAndNoDevice(Instance instance) throws IOException {
        Path file = Files.createFile(Files.createDirectories(instance.root()).resolve("output"));
        Path zero = instance.root().resolve("zero");
        try (Arena arena = Arena.ofConfined()) {
            long path = SystemCalls.text(arena, zero.toString()).address();
            SystemCalls.call("make a zero device", SystemCallNumber.MKNODAT, -100, path, CHARACTERS, ZERO);
        }
        try (Descriptor output = open(file);
                Descriptor device = open(zero)) {
            OciConfig config = OciConfig.parse("""
                    {"ociVersion": "1.2.1", "process": {"cwd": "/", "args": ["a"], "user": {"uid": 7, "gid": 8}}}""");
            var streams = BundleFacts.given(Set.of(output.number(), device.number()));
            assertThat(streams).containsExactly(output.number());
            StandardStreams.give(config.process().orElseThrow(), config.linux(), streams);
            assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo(7);
            assertThat(Files.getAttribute(file, "unix:gid")).isEqualTo(0);
        } finally {
            Files.delete(file);
            Files.delete(zero);
        }
    }

    private static Descriptor open(Path path) {
        return new Descriptor((int) Kernel.open(path, Kernel.O_RDONLY));
    }

    @Test
    void anInterfaceMovesWithItsAddresses(Instance instance) throws Exception {
        String name = "v" + instance.tag();
        Inet4Address address = (Inet4Address) Inet4Address.getByName("192.0.2.7");
        try (NetworkNamespace peers = RouteSocket.createNamespace();
                RouteSocket host = RouteSocket.open(NetworkNamespace.current());
                Bundle bundle = new Bundle(instance)) {
            String bridge = "b" + instance.tag();
            host.createBridge(bridge, MacAddress.of(address), 1500);
            host.createVeth(name, host.link(bridge).orElseThrow(), "peer", MacAddress.of(address), 1400, peers);
            host.addAddress(host.link(name).orElseThrow().index(), address, 24);
            host.delete(host.link(bridge).orElseThrow());
            bundle.config.withObjectProperty("linux").set("netDevices", JsonTree.read("""
                    {"%s": {"name": "inner0"}}""".formatted(name)));
            bundle.create();
            assertThat(host.link(name)).isEmpty();
            long pid = bundle.containers().state(bundle.id).pid();
            try (NetworkNamespace inside = NetworkNamespace.open(Path.of("/proc", Long.toString(pid), "ns/net"));
                    RouteSocket links = RouteSocket.open(inside)) {
                var link = links.link("inner0").orElseThrow();
                assertThat(link.mtu()).isEqualTo(1400);
                assertThat(link.up()).isTrue();
                assertThat(links.addresses())
                        .filteredOn(one -> one.linkIndex() == link.index())
                        .singleElement()
                        .satisfies(one -> {
                            assertThat(one.address()).isEqualTo(address);
                            assertThat(one.prefix()).isEqualTo(24);
                        });
            }
        }
    }

    @Test
    void anInterfaceThatIsNotThereIsToldOf(Instance instance) {
        try (Bundle bundle = new Bundle(instance)) {
            bundle.config.withObjectProperty("linux").set("netDevices", JsonTree.read("{\"nosuch0\": {}}"));
            assertThatThrownBy(bundle::create)
                    .hasMessageStartingWith("linux.netDevices.nosuch0: find link nosuch0")
                    .hasMessageEndingWith("no such device");
            assertThat(bundle.state().path()).doesNotExist();
        }
    }

    /** In a group of v1 that has no share of real time the kernel refuses it. */
    @Test
    void aRealtimeProcessHasAShare(Instance instance) throws Exception {
        Assumptions.assumeTrue(Files.exists(SHARES));
        try (Bundle bundle = new Bundle(instance)) {
            bundle.config.withObjectProperty("process").set("scheduler", JsonTree.read("""
                    {"policy": "SCHED_FIFO", "priority": 10}"""));
            bundle.create();
            bundle.containers().start(bundle.id);
            assertThat(bundle.status()).isEqualTo(Status.RUNNING);
            assertThat(Files.readString(Path.of("/sys/fs/cgroup/cpu", bundle.id, "cpu.rt_runtime_us")))
                    .isEqualTo("50000\n");
        }
    }

    @Test
    void whoeverAsksIsGivenTheProcess(Instance instance) throws Exception {
        Path place = Files.createDirectories(instance.run()).resolve("pidfd");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                Bundle bundle = new Bundle(instance)) {
            server.bind(UnixDomainSocketAddress.of(place));
            bundle.pidDescriptorSocket = Optional.of(place);
            bundle.create();
            try (var connection = server.accept()) {
                // what comes with the text is taken by nobody here: the kernel closes it
                ByteBuffer text = ByteBuffer.allocate(100);
                connection.read(text);
                assertThat(new String(text.array(), 0, text.position())).isEqualTo("standard");
            }
        } finally {
            Files.deleteIfExists(place);
        }
    }
}
