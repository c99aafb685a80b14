package org.berth.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.Instance;
import org.berth.engine.BusyboxCondition.NeedsBusybox;
import org.berth.runtime.Runtimes;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** A container of another OCI runtime is a container like any other. */
@KernelTest
@NeedsBusybox
class OtherRuntimeKernelTest {
    @Test
    void itRunsEndsAndStartsAgain(Instance instance) {
        assumeTrue(Runtimes.installed().contains("runc"), "runc is not installed");
        try (TestNode node = new TestNode(instance).withTiny()) {
            String id = node.containers()
                    .create(Samples.shell("echo run >> /tmp/runs; cat /tmp/runs; exit 5")
                            .build()
                            .change()
                            .runtime(Optional.of("runc"))
                            .build())
                    .id();
            for (int run = 0; run < 2; run++) {
                node.containers().start(id);
                assertThat(node.end(id).code()).isEqualTo(5);
            }
            assertThat(node.logs(id)).isEqualTo("run\nrun\nrun\n");
            assertThat(node.containers().get(id).exitCode()).isEqualTo(5);
        }
    }

    @Test
    void whatIsNotInstalledIsRefusedWhenItIsAskedFor(Instance instance) {
        assumeTrue(!Runtimes.installed().contains("runsc"), "runsc is installed");
        try (TestNode node = new TestNode(instance).withTiny()) {
            ContainerRequest request = Samples.shell("true")
                    .build()
                    .change()
                    .runtime(Optional.of("runsc"))
                    .build();
            assertThatThrownBy(() -> node.containers().create(request))
                    .isInstanceOf(BerthException.class)
                    .hasMessageContaining("runtime runsc is not installed");
        }
    }
}
