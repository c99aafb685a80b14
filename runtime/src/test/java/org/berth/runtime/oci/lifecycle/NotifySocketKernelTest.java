package org.berth.runtime.oci.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.berth.base.Instance;
import org.berth.linux.Descriptor;
import org.berth.runtime.oci.config.Mount;
import org.berth.runtime.oci.config.OciConfig;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** Goal: a service manager hears from a container that it is ready, and nothing else from it. */
@KernelTest
class NotifySocketKernelTest {
    private static final OciConfig CONFIG = OciConfig.parse("""
            {"ociVersion": "1.2.1", "root": {"path": "r"}, "process": {"cwd": "/", "args": ["a"], "env": ["A=b"]}}""");

    @Test
    void onlyReadyIsPassedOn(Instance instance) throws Exception {
        Path place = Files.createDirectories(instance.run().resolve("manager"));
        StateFolder folder = new StateStore(instance.run().resolve("oci")).folder("c");
        folder.create();
        List<String> warnings = new ArrayList<>();
        Map<String, String> given =
                Map.of("NOTIFY_SOCKET", place.resolve("socket").toString());
        try (Descriptor manager = Kernel.bindDatagrams(place, "socket");
                Descriptor self = Kernel.process(ProcessHandle.current().pid()).orElseThrow()) {
            OciConfig config = NotifySocket.pass(CONFIG, folder, given);
            assertThat(config.process().orElseThrow().environment())
                    .containsExactly("A=b", "NOTIFY_SOCKET=" + place.resolve("socket/notify"));
            Mount mount = config.mounts().getLast();
            assertThat(mount.destination()).isEqualTo(place.resolve("socket").toString());
            try (NotifySocket socket =
                            NotifySocket.open(folder, given, warnings::add).orElseThrow();
                    Descriptor program = Kernel.connectDatagrams(
                            Path.of(mount.source().orElseThrow()).resolve("notify"))) {
                Kernel.write(program, "STATUS=begun".getBytes(StandardCharsets.UTF_8));
                Kernel.write(program, "STATUS=done\nREADY=1\nMAINPID=1".getBytes(StandardCharsets.UTF_8));
                socket.await(self, 77);
            }
            assertThat(new String(Kernel.read(manager, 100), StandardCharsets.UTF_8))
                    .isEqualTo("READY=1\nMAINPID=77");
        }
        folder.delete();
        assertThat(folder.path()).doesNotExist();
        assertThat(warnings).isEmpty();
        folder.path().resolveSibling(".").toFile().delete();
        place.resolve("socket").toFile().delete();
        place.toFile().delete();
    }

    @Test
    void nobodyAsksForIt(Instance instance) {
        StateFolder folder = new StateStore(instance.run()).folder("c");
        assertThat(NotifySocket.pass(CONFIG, folder, Map.of())).isEqualTo(CONFIG);
        assertThat(NotifySocket.pass(CONFIG, folder, Map.of("NOTIFY_SOCKET", "@abstract")))
                .isEqualTo(CONFIG);
        assertThat(NotifySocket.open(folder, Map.of("NOTIFY_SOCKET", "/run/x"), warning -> {}))
                .isEmpty();
    }
}
