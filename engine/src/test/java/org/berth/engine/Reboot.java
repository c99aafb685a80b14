package org.berth.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.berth.base.Instance;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/** Makes of an instance what a reboot would: processes ended, BERTH_RUN wiped; BERTH_ROOT stays. */
final class Reboot {
    private static final long MNT_DETACH = 2;
    private final Instance instance;

    Reboot(Instance instance) {
        this.instance = instance;
    }

    void run() throws IOException {
        for (String id : Folders.names(instance.run().resolve("containers"))) {
            new org.berth.runtime.LinuxRuntime(instance).delete(id);
        }
        unmount();
        Folders.delete(instance.run());
    }

    private void unmount() throws IOException {
        List<String> mounts = Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
                .map(line -> line.split(" ")[4])
                .filter(point -> point.startsWith(instance.run() + "/"))
                .toList();
        for (String point : mounts) {
            try (java.lang.foreign.Arena arena = java.lang.foreign.Arena.ofConfined()) {
                SystemCalls.call(
                        "unmount " + point,
                        SystemCallNumber.UMOUNT2,
                        SystemCalls.text(arena, point).address(),
                        MNT_DETACH);
            }
        }
    }
}
