package org.berth.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.berth.base.BerthException;
import org.berth.base.Instance;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.launch.Operand;
import org.berth.linux.launch.Outcome;
import org.berth.linux.launch.Step;
import org.berth.linux.user.UserRange;
import org.berth.runtime.ContainerRuntime.Output;
import org.berth.runtime.ContainerRuntime.StartedProcess;
import org.berth.testing.Await;
import org.berth.testing.KernelTest;
import org.berth.testing.Leftovers;
import org.berth.testing.NeedsKernel;
import org.junit.jupiter.api.Test;

/**
 * Goal: a launch that fails at any step leaves nothing behind. Method: the same container is started
 * again and again with another step made to fail, every seventh one or fewer, in five variants of the birth.
 */
@KernelTest
class FailureKernelTest {
    private static final int STRIDE = 7;

    /** For births that have most steps in common with the others. */
    private static final int WIDE_STRIDE = 17;

    /** How long a monitor that is on its way out may take. */
    private static final Duration GONE = Duration.ofSeconds(10);

    private static final Step FAILING = new Step(
            "made to fail",
            Call.COMPUTE,
            List.of(Operand.number(0), Operand.number(1)),
            Optional.empty(),
            Outcome.MUST_SUCCEED);

    @Test
    void aPlainContainer(Instance instance) {
        failEverywhere(instance, box -> {}, 0, STRIDE);
    }

    @Test
    void aContainerWithInit(Instance instance) {
        failEverywhere(instance, Box::init, 3, STRIDE);
    }

    @Test
    void aContainerWithATerminal(Instance instance) {
        failEverywhere(instance, Box::terminal, 5, STRIDE);
    }

    @Test
    @NeedsKernel(major = 6, minor = 15)
    void aContainerWithIdsOfItsOwn(Instance instance) {
        failEverywhere(instance, box -> box.users(new UserRange(0x2345_0000L)), 1, WIDE_STRIDE);
    }

    @Test
    @NeedsKernel(major = 6, minor = 15)
    void aContainerWithIdsOfItsOwnAndInit(Instance instance) {
        failEverywhere(instance, box -> box.users(new UserRange(0x2345_0000L)).init(), 4, WIDE_STRIDE);
    }

    private static void failEverywhere(Instance instance, Consumer<Box> change, int first, int stride) {
        AtomicInteger failing = new AtomicInteger(first);
        AtomicInteger length = new AtomicInteger(Integer.MAX_VALUE);
        int failures = 0;
        try (Box box = new Box(instance).changing(program -> {
            length.set(program.steps().size());
            return with(program, failing.get());
        })) {
            change.accept(box);
            for (; failing.get() < length.get(); failing.addAndGet(stride)) {
                failures += run(box) ? 0 : 1;
                Await.until(
                        "nothing is left after step " + failing.get() + " failed",
                        GONE,
                        () -> Leftovers.whileOpen(instance).isEmpty());
            }
        }
        assertThat(failures).isGreaterThan(length.get() / stride / 2);
    }

    /** Whether it could be started: steps after the exec, or that are jumped over, harm nothing. */
    private static boolean run(Box box) {
        try {
            StartedProcess process = box.runtime.launch(box.spec("true"), new Output(box.log, Optional.empty()));
            process.terminal().ifPresent(descriptor -> descriptor.close());
            Box.await(process);
            box.runtime.delete(Box.ID);
            return true;
        } catch (BerthException e) {
            assertThat(e).hasMessageContaining("made to fail");
            return false;
        }
    }

    private static LaunchProgram with(LaunchProgram program, int failing) {
        List<Step> steps = new ArrayList<>(program.steps());
        int failure = program.position(program.failure());
        if (failing < failure && failing < steps.size()) {
            steps.set(failing, FAILING);
        }
        return new LaunchProgram(steps, program.data(), program.marks(), program.failure(), program.status());
    }

    @Test
    void aNamespaceOfAnotherKindIsRefused(Instance instance) {
        try (Box box = new Box(instance).network(java.nio.file.Path.of("/proc/self/ns/uts"))) {
            assertThatThrownBy(() -> box.run("true"))
                    .hasMessage("join the network namespace /proc/self/ns/uts: invalid argument");
        }
    }
}
