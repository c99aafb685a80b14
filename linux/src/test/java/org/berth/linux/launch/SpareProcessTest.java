package org.berth.linux.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.berth.linux.Descriptor;
import org.berth.linux.launch.Launch.Result;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The same programs, which processes that were spawned before become. */
class SpareProcessTest extends LauncherTest {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final long POLL_NANOS = 1_000_000;

    private final Launcher launcher = Launcher.spawningAhead(Path.of("/nosuch"));

    @AfterEach
    void close() {
        List<Long> left = launcher.spares();
        launcher.close();
        assertThat(left).allMatch(pid -> ProcessHandle.of(pid).isEmpty());
    }

    @Override
    Launch start(Path folder, LaunchProgram program, List<Descriptor> passed) {
        List<Long> spares = awaitSpares();
        Launch launch = launcher.start(program, List.of("test"), passed);
        assertThat(spares).contains(launch.pid());
        return launch;
    }

    private List<Long> awaitSpares() {
        long deadline = System.nanoTime() + DEADLINE.toNanos();
        launcher.spawnAhead();
        while (launcher.spares().isEmpty()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            LockSupport.parkNanos(POLL_NANOS);
        }
        return launcher.spares();
    }

    @Test
    void aProgramThatIsTooLongIsSpawned() {
        LaunchBuilder builder = LaunchProgram.builder();
        builder.bytes("much", new byte[WaitingProgram.IMAGE_MAX]);
        List<Long> spares = awaitSpares();
        Launch launch = launcher.start(end(builder), List.of("test"), List.of());
        assertThat(spares).doesNotContain(launch.pid());
        assertThat(reaped(launch)).isInstanceOf(Result.Ended.class);
    }

    @Test
    void oneThatWasKilledIsNotCountedOn() {
        for (long pid : awaitSpares()) {
            ProcessHandle.of(pid).orElseThrow().destroyForcibly();
        }
        Launch launch = launcher.start(end(LaunchProgram.builder()), List.of("test"), Collections.emptyList());
        assertThat(reaped(launch)).isInstanceOf(Result.Ended.class);
    }

    private static LaunchProgram end(LaunchBuilder builder) {
        builder.place(builder.failure());
        builder.call("end", Call.EXIT_GROUP, Operand.number(0));
        return builder.build();
    }

    private static Result reaped(Launch launch) {
        try (launch) {
            Result result = launch.await(DEADLINE);
            org.berth.linux.SystemCalls.attempt(org.berth.linux.SystemCallNumber.WAIT4, launch.pid(), 0, 0, 0);
            return result;
        }
    }
}
