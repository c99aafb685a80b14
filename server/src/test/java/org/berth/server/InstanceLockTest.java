package org.berth.server;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.berth.base.BerthException;
import org.berth.base.Instance;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstanceLockTest {
    @Test
    void oneDaemonAnInstance(@TempDir Path folder) {
        Instance instance = new Instance(folder.resolve("root"), folder.resolve("run"));
        Instance sameRoot = new Instance(folder.resolve("root"), folder.resolve("other"));
        InstanceFolders.prepare(instance);
        InstanceFolders.prepare(sameRoot);
        try (InstanceLock lock = InstanceLock.take(instance)) {
            assertThatThrownBy(() -> InstanceLock.take(sameRoot))
                    .isInstanceOf(BerthException.class)
                    .hasMessageContaining(instance.root() + " is in use by another daemon, process "
                            + ProcessHandle.current().pid())
                    .hasMessageContaining("BERTH_ROOT");
        }
        InstanceLock.take(sameRoot).close();
    }

    @Test
    void otherMachinesAreRefusedByName() {
        BerthServer.requireMachine("amd64");
        assertThatThrownBy(() -> BerthServer.requireMachine("aarch64")).hasMessageContaining("this machine is aarch64");
    }
}
