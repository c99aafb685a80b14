package org.berth.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.berth.base.Instance;
import org.berth.linux.path.InRoot;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** A process's root is opened by a number, which may be another's by then. */
@KernelTest
class ContainerRootKernelTest {
    private static final long NOBODYS = 0x7fff_fff0L;

    @Test
    void theRootOfAnotherProcessIsNotGiven(Instance instance) {
        long own = ProcessHandle.current().pid();
        assertThat(ContainerRoot.ofProcess(own, () -> false)).isEmpty();
        assertThat(ContainerRoot.ofProcess(NOBODYS, () -> true)).isEmpty();
        Optional<InRoot> meant = ContainerRoot.ofProcess(own, () -> true);
        meant.ifPresent(InRoot::close);
        assertThat(meant).isPresent();
    }
}
