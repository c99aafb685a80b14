package org.berth.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.berth.base.Instance;
import org.berth.testing.KernelTest;
import org.berth.testing.OrdinaryUserProgram;
import org.junit.jupiter.api.Test;

/** Containers of the user nobody, who has subordinate ids and no control groups: {@link RootlessBox} says how they fare. */
@KernelTest
class RootlessKernelTest {
    @Test
    void containersRunWithoutTheMachinesRoot(Instance instance) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/newuidmap")), "newuidmap is missing");
        OrdinaryUserProgram.Ended ended =
                OrdinaryUserProgram.run(instance, Map.of("PATH", "/usr/bin:/bin"), RootlessBox.class);
        String output = ended.output();
        assertThat(output).endsWith("done\n");
        assertThat(ended.code()).isZero();
        assertThat(output).contains("ended 0\nid 0 0\npid 1\nfile written\n");
        assertThat(output).contains("null character special file 1:3\n8\n");
        assertThat(output).containsPattern("NoNewPrivs:\\s+1").containsPattern("Seccomp:\\s+2");
        assertThat(output).containsPattern("CapEff:\\s+00000000a80425fb");
        assertThat(output).contains("no device\nowner 33:33\nnot mounted\n");
        assertThat(output).contains("volume is read-only\nroot is read-only\nscratch is written\n");
        assertThat(output).contains("limits of cpu, memory, pids don't hold");
        assertThat(output).contains("found true 3\nexec 0 inside 0\nkilled 137\nleft []\n");
        assertThat(output).contains("refused a container can't be paused", "refused a limit of memory can't be set");
        assertThat(output).doesNotContain("not refused");
    }
}
