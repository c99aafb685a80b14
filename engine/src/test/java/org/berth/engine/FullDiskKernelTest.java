package org.berth.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.FileErrors;
import org.berth.base.Instance;
import org.berth.engine.BusyboxCondition.NeedsBusybox;
import org.berth.engine.ContainerState.Status;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** A full disk is told, and containers can still end and be removed: that is how it gets room again. */
@KernelTest
@NeedsBusybox
class FullDiskKernelTest {
    @Test
    void whatHappenedIsSoAndWhatIsAskedForIsRefused(Instance instance) throws IOException {
        Files.createDirectories(instance.root());
        mount(instance.root());
        try (TestNode node = new TestNode(instance).withTiny()) {
            String ends = node.start(Samples.run("sleep", "1000"));
            String goes = node.start(Samples.run("sleep", "1000"));
            Path filler = instance.root().resolve("filler");
            fill(filler);

            assertThatExceptionOfType(BerthException.class)
                    .isThrownBy(() -> node.engine.volumes().create("data", Map.of()))
                    .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.EXHAUSTED))
                    .withMessageContainingAll("volumes/data", "no space left on device");
            assertThatExceptionOfType(BerthException.class)
                    .isThrownBy(() -> node.containers().rename(ends, "other"))
                    .withMessageContainingAll("container.json", "no space left on device");
            node.containers().kill(ends, 9);
            node.end(ends);
            assertThat(node.containers().get(ends).status()).isEqualTo(Status.EXITED);
            node.containers().remove(goes, true, true);
            assertThat(node.containers().find(goes)).isEmpty();

            Files.delete(filler);
            Path record = instance.root().resolve("containers").resolve(ends).resolve("container.json");
            TestNode.eventually("the end is on disk", () -> read(record).contains("\"EXITED\""));
            assertThat(instance.root().resolve("containers").resolve(goes)).doesNotExist();
        } finally {
            unmount(instance.root());
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "";
        }
    }

    private static void fill(Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            byte[] page = new byte[4096];
            while (true) {
                out.write(page);
            }
        } catch (IOException e) {
            if (!FileErrors.isFull(e)) {
                throw e;
            }
        }
    }

    private static void mount(Path folder) {
        try (Arena arena = Arena.ofConfined()) {
            long tmpfs = SystemCalls.text(arena, "tmpfs").address();
            long target = SystemCalls.text(arena, folder.toString()).address();
            long size = SystemCalls.text(arena, "size=24m").address();
            SystemCalls.call("mount a small disk", SystemCallNumber.MOUNT, tmpfs, target, tmpfs, 0, size);
        }
    }

    private static void unmount(Path folder) {
        try (Arena arena = Arena.ofConfined()) {
            long target = SystemCalls.text(arena, folder.toString()).address();
            SystemCalls.call("unmount", SystemCallNumber.UMOUNT2, target, 2);
        }
    }
}
