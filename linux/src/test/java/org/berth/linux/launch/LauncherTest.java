package org.berth.linux.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.linux.launch.Launch.Result;
import org.berth.linux.launch.Outcome.Jump;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs that need no rights, on the real kernel, spawned: results, jumps, arithmetic, failures. */
class LauncherTest {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final Operand STATUS = Operand.number(Launcher.STATUS_DESCRIPTOR);

    @TempDir
    private Path folder;

    private final LaunchBuilder builder = LaunchProgram.builder();
    private long started = -1;

    @AfterEach
    void reap() {
        if (started > 0) {
            SystemCalls.attempt(SystemCallNumber.WAIT4, started, 0, 0, 0);
        }
    }

    @Test
    void whatIsReportedIsTheProcessItself() {
        Datum message = builder.structure("message", new Datum.Word(Launch.STARTED), new Datum.Space(4));
        builder.call("take its id", Call.GETPID).into(message.at(4));
        builder.call("report", Call.WRITE, STATUS, Operand.address(message), Operand.number(8));
        Result result = run();
        assertThat(result).isEqualTo(new Result.Started(started, false));
    }

    @Test
    void aRefusedCallIsToldByItsLabel() {
        builder.call("open /nosuch", Call.OPENAT, Operand.number(-100), builder.text("/nosuch"), Operand.number(0));
        assertThat(message(run())).isEqualTo("open /nosuch: no such file or directory");
    }

    @Test
    void aToleratedErrorGoesOnAndAnotherDoesNot() {
        builder.call("open", Call.OPENAT, Operand.number(-100), builder.text("/nosuch"), Operand.number(0))
                .tolerate(Errno.ENOENT);
        builder.call("close", Call.CLOSE, Operand.number(-1)).tolerate(Errno.ENOENT);
        assertThat(message(run())).isEqualTo("close: bad file descriptor");
    }

    @Test
    void aLoopCountsDownAndLeavesByZero() {
        Datum count = builder.slot("count");
        Datum sum = builder.slot("sum");
        Mark again = builder.mark("again");
        Mark done = builder.mark("done");
        builder.set("start", count.start(), 1000);
        builder.place(again);
        builder.call("add", Call.COMPUTE, Operand.value(sum), Operand.number(-3), Operand.number(0))
                .into(sum);
        builder.compare("count", Operand.value(count), Operand.number(1))
                .into(count)
                .jump(Jump.ON_ZERO, done);
        builder.jump(again);
        builder.place(done);
        builder.compare("the sum is 3000", Operand.value(sum), Operand.number(3000))
                .failOnZero();
        assertThat(message(run())).isEqualTo("the sum is 3000");
    }

    @Test
    void aNegativeDifferenceJumpsOnlyWhenAsked() {
        Mark negative = builder.mark("negative");
        builder.compare("compare", Operand.number(1), Operand.number(2)).jump(Jump.ON_NEGATIVE, negative);
        builder.call("not reached", Call.CLOSE, Operand.number(-1));
        builder.place(negative);
        builder.compare("1 - 2 fails", Operand.number(1), Operand.number(2));
        assertThat(message(run())).isEqualTo("1 - 2 fails: operation not permitted");
    }

    @Test
    void whatIsPassedIsAtItsNumberAndNothingElseIsInherited() throws Exception {
        Datum message = builder.structure("message", new Datum.Word(Launch.STARTED), new Datum.Word(77));
        builder.call(
                "report to what was passed",
                Call.WRITE,
                Operand.number(4),
                Operand.address(message),
                Operand.number(8));
        try (java.nio.channels.FileChannel channel = java.nio.channels.FileChannel.open(
                folder.resolve("out"),
                java.nio.file.StandardOpenOption.CREATE,
                java.nio.file.StandardOpenOption.WRITE)) {
            assertThat(channel.isOpen()).isTrue();
        }
        long number;
        try (java.lang.foreign.Arena arena = java.lang.foreign.Arena.ofConfined()) {
            number = SystemCalls.call(
                    "open",
                    SystemCallNumber.OPEN,
                    SystemCalls.text(arena, folder.resolve("out").toString()).address(),
                    1);
        }
        try (org.berth.linux.Descriptor out = new org.berth.linux.Descriptor((int) number)) {
            run(out);
        }
        assertThat(java.nio.file.Files.size(folder.resolve("out"))).isEqualTo(8);
    }

    @Test
    void aProgramThatSaysNothingIsTimedOut() {
        Datum time = builder.structure("30 s", new Datum.LongWord(30), new Datum.LongWord(0));
        builder.call(
                "wait", Call.PPOLL, Operand.number(0), Operand.number(0), Operand.address(time), Operand.number(0));
        try (Launch launch = start()) {
            assertThat(launch.await(Duration.ofMillis(10))).isInstanceOf(Result.TimedOut.class);
            ProcessHandle.of(launch.pid()).orElseThrow().destroyForcibly();
        }
    }

    @Test
    void aProgramThatIsKilledHasEnded() {
        Datum time = builder.structure("30 s", new Datum.LongWord(30), new Datum.LongWord(0));
        builder.call(
                "wait", Call.PPOLL, Operand.number(0), Operand.number(0), Operand.address(time), Operand.number(0));
        try (Launch launch = start()) {
            ProcessHandle.of(launch.pid()).orElseThrow().destroyForcibly();
            assertThat(launch.await(DEADLINE)).isInstanceOf(Result.Ended.class);
        }
    }

    private static String message(Result result) {
        return ((Result.Failed) result).message();
    }

    private Result run(org.berth.linux.Descriptor... passed) {
        try (Launch launch = start(passed)) {
            return launch.await(DEADLINE);
        }
    }

    private Launch start(org.berth.linux.Descriptor... passed) {
        builder.call("end", Call.EXIT_GROUP, Operand.number(0));
        builder.place(builder.failure());
        builder.call("report the failure", Call.WRITE, STATUS, Operand.address(builder.status()), Operand.number(8));
        builder.call("end", Call.EXIT_GROUP, Operand.number(1));
        Launch launch = start(folder, builder.build(), List.of(passed));
        started = launch.pid();
        return launch;
    }

    /** How a program is started, for those who start it in another way. */
    Launch start(Path folder, LaunchProgram program, List<org.berth.linux.Descriptor> passed) {
        return new Launcher(folder).start(program, List.of("test"), passed);
    }
}
