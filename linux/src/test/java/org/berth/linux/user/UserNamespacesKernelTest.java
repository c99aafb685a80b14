package org.berth.linux.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.berth.base.Instance;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.Pipe;
import org.berth.linux.SystemCallException;
import org.berth.linux.launch.Launcher;
import org.berth.testing.KernelTest;
import org.berth.testing.NeedsKernel;
import org.junit.jupiter.api.Test;

/** Ranges of ids, their namespaces, and folders seen through them, on the kernel. */
@KernelTest
@NeedsKernel(major = 6, minor = 15)
class UserNamespacesKernelTest {
    private static final UserRange RANGE = new UserRange(0x2346_0000L);

    @Test
    void networkNamespacesAreEachTheirOwn(Instance instance) throws IOException {
        Files.createDirectories(instance.run());
        try (UserNamespaces users = new UserNamespaces(instance);
                Descriptor one = users.network(RANGE);
                Descriptor other = users.network(RANGE)) {
            assertThat(target(one))
                    .startsWith("net:")
                    .isNotEqualTo(target(other))
                    .isNotEqualTo(own("net"));
            assertThat(target(users.of(RANGE))).startsWith("user:").isNotEqualTo(own("user"));
            assertThat(users.of(RANGE)).isSameAs(users.of(RANGE));
        }
    }

    @Test
    void theProcessThatMakesThemIsReplaced(Instance instance) throws IOException {
        Files.createDirectories(instance.run());
        try (UserNamespaces users = new UserNamespaces(instance)) {
            users.network(RANGE).close();
            ProcessHandle keeper = keeper(instance);
            kill(keeper);
            try (Descriptor network = users.network(RANGE)) {
                assertThat(target(network)).startsWith("net:");
            }
            assertThat(keeper(instance).pid()).isNotEqualTo(keeper.pid());
        }
    }

    /** Seen failing: a byte was written to whatever had the number by then. */
    @Test
    void whatHasEndedTouchesNoOthersDescriptor(Instance instance) throws IOException {
        Files.createDirectories(instance.run());
        NamespaceKeeper keeper = NamespaceKeeper.start(new Launcher(instance.run()), "berth-test-u", IdMap.of(RANGE));
        keeper.close();
        List<Pipe> pipes =
                Stream.generate(() -> Pipe.open("make a pipe")).limit(16).toList();
        try {
            assertThat(keeper.network()).isEmpty();
            for (Pipe pipe : pipes) {
                try (FileInputStream bytes = new FileInputStream(pipe.read().path())) {
                    assertThat(bytes.available()).isZero();
                }
            }
        } finally {
            pipes.forEach(Pipe::close);
        }
    }

    /** Seen failing: "the process was killed", and each try made another process. */
    @Test
    void theKernelsReasonIsTold(Instance instance) throws Exception {
        Files.createDirectories(instance.run());
        try (UserNamespaces users = new UserNamespaces(instance)) {
            users.network(RANGE).close();
            long keeper = keeper(instance).pid();
            limitNetworks(keeper, 1);
            users.network(RANGE).close(); // made ahead
            assertThatThrownBy(() -> users.network(RANGE))
                    .isInstanceOfSatisfying(
                            SystemCallException.class,
                            e -> assertThat(e.errno()).isEqualTo(Errno.ENOSPC))
                    .hasMessageStartingWith("make a network namespace");
            assertThat(keeper(instance).pid()).isEqualTo(keeper);
            limitNetworks(keeper, 1000);
            users.network(RANGE).close();
            assertThat(keeper(instance).pid()).isEqualTo(keeper);
        }
    }

    /** Seen failing: the namespace of a killed process stayed open. */
    @Test
    void aForgottenRangeHoldsNothing(Instance instance) throws IOException {
        Files.createDirectories(instance.run());
        try (UserNamespaces users = new UserNamespaces(instance)) {
            String first = target(users.of(RANGE));
            kill(keeper(instance));
            users.network(RANGE).close();
            String second = target(users.of(RANGE));
            assertThat(held()).contains(first, second);
            users.forget(RANGE);
            assertThat(held()).doesNotContain(first, second);
        }
    }

    /** In the user namespace of a process, as its root may. */
    private static void limitNetworks(long pid, int count) throws Exception {
        Process process = new ProcessBuilder(
                        "nsenter",
                        "--user",
                        "--target",
                        Long.toString(pid),
                        "sh",
                        "-c",
                        "echo " + count + " > /proc/sys/user/max_net_namespaces")
                .inheritIO()
                .start();
        assertThat(process.waitFor()).isZero();
    }

    private static List<String> held() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.map(UserNamespacesKernelTest::link).toList();
        }
    }

    private static String link(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return ""; // that of the listing itself
        }
    }

    @Test
    void whatIsTheRangesIsSeenWithTheIdsInside(Instance instance) throws IOException {
        Path folder = Files.createDirectories(instance.root().resolve("folder"));
        Files.setAttribute(folder, "unix:uid", (int) RANGE.first() + 7);
        try (UserNamespaces users = new UserNamespaces(instance)) {
            try (MappedFolder inside = MappedFolder.of(folder, users.back(RANGE))) {
                assertThat(Files.getAttribute(inside.path(), "unix:uid")).isEqualTo(7);
            }
            Files.setAttribute(folder, "unix:uid", 7);
            try (MappedFolder outside = MappedFolder.of(folder, users.of(RANGE))) {
                assertThat(Files.getAttribute(outside.path(), "unix:uid")).isEqualTo((int) RANGE.first() + 7);
            }
            assertThat(MappedFolder.isPossible(Path.of("/proc"), users.of(RANGE)))
                    .isFalse();
        }
    }

    @Test
    void aRangeKnowsItsBounds() {
        assertThat(RANGE.outside(0)).hasValue(0x2346_0000L);
        assertThat(RANGE.outside(65_536)).isEmpty();
        assertThat(RANGE.outside(-1)).isEmpty();
        assertThat(RANGE.require(65_535, "web")).isEqualTo(0x2346_ffffL);
        assertThatThrownBy(() -> RANGE.require(65_536, "web"))
                .hasMessageStartingWith("web: the id 65536 is not among the container's, which are 0 to 65535");
        assertThat(RANGE.inside(0x2346_ffffL)).isEqualTo(65_535);
        assertThat(RANGE.inside(0x2347_0000L)).isEqualTo(0x2347_0000L);
        assertThat(RANGE.overlaps(0x2346_ffffL, 1)).isTrue();
        assertThat(RANGE.overlaps(0x2347_0000L, 1)).isFalse();
        assertThatThrownBy(() -> new UserRange(0)).hasMessage("a range of ids can't begin at 0");
    }

    private static void kill(ProcessHandle process) {
        process.destroyForcibly();
        assertThat(process.onExit()).succeedsWithin(Duration.ofSeconds(30));
    }

    private static ProcessHandle keeper(Instance instance) {
        try (Stream<ProcessHandle> children = ProcessHandle.current().children()) {
            return children.filter(child -> name(child).equals("berth-" + instance.tag() + "-u"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static String name(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/comm")).trim();
        } catch (IOException e) {
            return "";
        }
    }

    private static String own(String kind) throws IOException {
        return Files.readSymbolicLink(Path.of("/proc/self/ns", kind)).toString();
    }

    private static String target(Descriptor descriptor) throws IOException {
        return List.of(Files.readSymbolicLink(Path.of(descriptor.path())).toString())
                .getFirst();
    }
}
