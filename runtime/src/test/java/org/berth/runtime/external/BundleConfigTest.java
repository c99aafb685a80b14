package org.berth.runtime.external;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.berth.runtime.Capabilities;
import org.berth.runtime.ContainerSpec;
import org.berth.runtime.ContainerSpec.RootFilesystem;
import org.berth.runtime.ProcessSpec;
import org.berth.runtime.plan.HostFacts;
import org.junit.jupiter.api.Test;

/** What another runtime is told to do. */
class BundleConfigTest {
    /** Seen failing with a list of its own, without the processors' folders. */
    @Test
    void masksWhatOurOwnRuntimeMasks() {
        ProcessSpec process =
                new ProcessSpec(List.of("true"), List.of(), "/", ProcessSpec.User.ROOT, false, Capabilities.STANDARD);
        Path folder = Path.of("/x");
        ContainerSpec spec = ContainerSpec.of("0".repeat(64), new RootFilesystem(List.of(), folder, folder), process)
                .build();
        String written = new String(
                BundleConfig.of(spec, "root", "/c", new HostFacts(6, 18, 40, 2, 1024)), StandardCharsets.UTF_8);
        assertThat(written)
                .contains(
                        "/proc/kcore",
                        "/sys/firmware",
                        "/sys/devices/system/cpu/cpu0/thermal_throttle",
                        "/sys/devices/system/cpu/cpu1/thermal_throttle")
                .contains("\"/proc/sysrq-trigger\"");
    }
}
