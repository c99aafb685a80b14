package org.berth.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.linux.user.UserRange;
import org.berth.runtime.ContainerRuntime.Meanwhile;
import org.berth.runtime.ContainerRuntime.Output;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Work beside a container's birth. */
@KernelTest
@Timeout(120)
class MeanwhileKernelTest {
    private static final String WORD = "made ready";

    @Test
    void theProgramRunsAfterIt(Instance instance) {
        try (Box box = new Box(instance)) {
            launch(box, () -> write(box));
            assertThat(box.output()).isEqualTo(WORD);
        }
    }

    @Test
    void soItDoesWithAnInitOfOurs(Instance instance) {
        try (Box box = new Box(instance).init()) {
            launch(box, () -> write(box));
            assertThat(box.output()).isEqualTo(WORD);
        }
    }

    @Test
    void soItDoesWithIdsOfItsOwn(Instance instance) {
        try (Box box = new Box(instance).users(new UserRange(0x2ffe_0000L))) {
            launch(box, () -> write(box));
            assertThat(box.output()).isEqualTo(WORD);
        }
    }

    @Test
    void whatItThrowsEndsTheBirth(Instance instance) {
        try (Box box = new Box(instance)) {
            Meanwhile fails = () -> {
                throw new BerthException(ErrorCode.CONFLICT, "the port is taken");
            };
            assertThatThrownBy(() -> launch(box, fails)).hasMessage("the port is taken");
            assertThat(box.runtime.ids()).isEmpty();
            assertThat(box.runtime.processes(Box.ID)).isEmpty();
            assertThat(box.run("true").code()).as("the same once more").isZero();
        }
    }

    @Test
    void aBirthThatFailsMeanwhileSaysWhy(Instance instance) {
        try (Box box = new Box(instance)) {
            ContainerSpec spec = box.spec("nosuch");
            assertThatThrownBy(() -> box.runtime.launch(spec, new Output(box.log, Optional.empty()), () -> write(box)))
                    .hasMessageContaining("executable file not found in PATH");
        }
    }

    private static void launch(Box box, Meanwhile meanwhile) {
        ContainerSpec spec = box.spec("cat", "/word");
        Box.await(box.runtime.launch(spec, new Output(box.log, Optional.empty()), meanwhile));
    }

    /** Into its own layer: an overlay shows what is changed below it before it is looked up. */
    private static void write(Box box) {
        Path file = box.folder.resolve("upper/word");
        try {
            Files.writeString(file, WORD);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
