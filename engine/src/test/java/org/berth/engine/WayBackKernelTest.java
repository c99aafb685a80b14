package org.berth.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.berth.engine.Samples.shell;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.berth.base.Instance;
import org.berth.engine.BusyboxCondition.NeedsBusybox;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * Goal: where a kernel can't give containers ids of their own (before 6.15), they run as the machine's, and that is said
 * once. Run by {@code ./berth test --vm}, whose kernel is old enough.
 */
@KernelTest
@NeedsBusybox
class WayBackKernelTest {
    private static void requireOldKernel() throws IOException {
        String release = Files.readString(Path.of("/proc/sys/kernel/osrelease"));
        String[] numbers = release.split("[.-]", -1);
        int major = Integer.parseInt(numbers[0]);
        int minor = Integer.parseInt(numbers[1]);
        Assumptions.assumeTrue(
                major < 6 || major == 6 && minor < 15,
                "this kernel, " + release.strip()
                        + ", gives containers ids of their own; this is of those before 6.15");
    }

    @Test
    void containersHaveTheMachinesIdsAndThatIsSaidOnce(Instance instance) throws IOException {
        requireOldKernel();
        try (TestNode node = new TestNode(instance).withTiny()) {
            assertThat(node.output(shell("id -u; cat /proc/self/uid_map").ownIds("one"))
                            .split("\\s+"))
                    .containsExactly("0", "0", "0", "4294967295");
            assertThat(node.output(shell("id -u").ownIds("other"))).isEqualTo("0\n");
            assertThat(node.engine.warnings())
                    .filteredOn(warning -> warning.contains("user ids"))
                    .singleElement()
                    .asString()
                    .contains("containers have the machine's user ids", "6.15");
        }
    }

    @Test
    void whatTheyMakeIsTheMachinesRootsAndStays(Instance instance) throws IOException {
        requireOldKernel();
        try (TestNode node = new TestNode(instance).withTiny()) {
            String id = node.start(shell("echo made > /made; sleep 1000").ownIds("one"));
            Path upper = node.engine.images().snapshot(id).orElseThrow().upper();
            TestNode.eventually("made", () -> Files.exists(upper.resolve("made")));
            assertThat(Files.getAttribute(upper.resolve("made"), "unix:uid")).isEqualTo(0);
            node.containers().stop(id, Optional.of(Duration.ZERO));
            node.containers().start(id);
            assertThat(node.containers().get(id).status()).isEqualTo(ContainerState.Status.RUNNING);
        }
    }
}
