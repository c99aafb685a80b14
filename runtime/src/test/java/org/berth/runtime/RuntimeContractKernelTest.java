package org.berth.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.runtime.ContainerRuntime.Output;
import org.berth.runtime.ContainerRuntime.StartedProcess;
import org.berth.runtime.ContainerSpec.MountSpec;
import org.berth.runtime.external.RuntimeCommand;
import org.berth.testing.Await;
import org.berth.testing.KernelTest;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every runtime does, our own and others driven by their command line. */
@KernelTest
class RuntimeContractKernelTest {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final int SIGTERM = 15;

    /** A container of one of the runtimes. */
    private static final class Subject implements AutoCloseable {
        final Box box;
        final String name;
        Runtimes runtimes;

        Subject(String name, Instance instance) {
            this.name = name;
            assumeTrue(Runtimes.installed().contains(name), name + " is not installed");
            assumeTrue(
                    !name.equals("crun") || !Files.exists(Path.of("/sys/fs/cgroup/unified")),
                    "crun refuses a machine with both versions of control groups");
            box = new Box(instance);
            box.runtime.close();
            runtimes = new Runtimes(instance, new LinuxRuntime(instance));
        }

        StartedProcess start(String script) {
            return runtimes.named(name).launch(box.spec("sh", "-c", script), new Output(box.log, Optional.empty()));
        }

        StartedProcess exec(String id, String script) {
            return runtimes.exec(
                    Box.ID, id, box.process("sh", "-c", script), new Output(box.execLog(), Optional.empty()));
        }

        void restartDaemon() {
            runtimes.close();
            runtimes = new Runtimes(box.instance, new LinuxRuntime(box.instance));
        }

        @Override
        public void close() {
            runtimes.delete(Box.ID);
            runtimes.close();
            box.runtime = new LinuxRuntime(box.instance);
            box.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"berth", "runc", "crun"})
    void outputAndExitCodeComeThrough(String name, Instance instance) {
        try (Subject subject = new Subject(name, instance)) {
            StartedProcess started = subject.start("echo out; echo err >&2; hostname; id -u; exit 7");
            ExitStatus status = Box.await(started);
            assertThat(status.code()).isEqualTo(7);
            assertThat(subject.box.output()).isEqualTo("out\nbox\n0\n");
            assertThat(subject.box.errors()).isEqualTo("err\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"berth", "runc", "crun"})
    void restrictionsAreTheSame(String name, Instance instance) throws Exception {
        Path source = Files.createDirectories(instance.root().resolve("source"));
        Files.writeString(source.resolve("file"), "content\n");
        try (Subject subject = new Subject(name, instance)) {
            subject.box.mounts(
                    new MountSpec.Bind(source, "/data", true), new MountSpec.Temporary("/scratch", "size=1m"));
            Box.await(
                    subject.start(
                            "grep -E '^(CapEff|CapBnd|CapInh|NoNewPrivs|Seccomp):' /proc/self/status; "
                                    + "cat /data/file; touch /data/no || echo refused; touch /scratch/x && echo scratch; "
                                    + "unshare -U true 2>/dev/null || echo refused; head -c 1 /proc/kcore | wc -c; (echo x > /proc/sys/kernel/core_pattern) || echo refused"));
            assertThat(subject.box.output().lines())
                    .containsExactly(
                            "CapInh:\t0000000000000000",
                            "CapEff:\t00000000a80425fb",
                            "CapBnd:\t00000000a80425fb",
                            "NoNewPrivs:\t1",
                            "Seccomp:\t2",
                            "content",
                            "refused",
                            "scratch",
                            "refused",
                            "0",
                            "refused");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"berth", "runc", "crun"})
    void aProcessIsAddedAndSignalled(String name, Instance instance) {
        try (Subject subject = new Subject(name, instance)) {
            StartedProcess started =
                    subject.start("trap 'echo got it; exit 3' TERM; echo ready; while :; do sleep 0.1; done");
            subject.box.awaitOutput("ready");
            assertThat(Box.await(subject.exec("one", "echo inside; readlink /proc/1/ns/pid; exit 4"))
                            .code())
                    .isEqualTo(4);
            assertThat(subject.box.execOutput()).startsWith("inside\npid:");
            assertThat(subject.runtimes.processes(Box.ID)).contains(started.pid());
            assertThat(subject.runtimes.lives(Box.ID)).isTrue();
            subject.runtimes.kill(Box.ID, SIGTERM);
            assertThat(Box.await(started).code()).isEqualTo(3);
            assertThat(subject.runtimes.lives(Box.ID)).isFalse();
            assertThat(subject.box.output()).isEqualTo("ready\ngot it\n");
            assertThatThrownBy(() -> subject.runtimes.kill(Box.ID, SIGTERM))
                    .isInstanceOfSatisfying(
                            BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"berth", "runc", "crun"})
    void outputAndExitOutliveTheDaemon(String name, Instance instance) throws Exception {
        try (Subject subject = new Subject(name, instance)) {
            subject.start("echo ready; while [ ! -e /go ]; do sleep 0.05; done; echo later; exit 9");
            subject.box.awaitOutput("ready");
            subject.restartDaemon();
            assertThat(Box.await(subject.exec("go", ": > /go")).code()).isZero();
            StartedProcess found = subject.runtimes.find(Box.ID).orElseThrow();
            assertThat(found.exit().get(DEADLINE.toSeconds(), TimeUnit.SECONDS).code())
                    .isEqualTo(9);
            subject.restartDaemon();
            assertThat(Box.await(subject.runtimes.find(Box.ID).orElseThrow()).code())
                    .isEqualTo(9);
            assertThat(subject.box.output()).isEqualTo("ready\nlater\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"berth", "runc", "crun"})
    void limitsHoldAndCanBeChanged(String name, Instance instance) {
        try (Subject subject = new Subject(name, instance)) {
            subject.box.resources(
                    new Resources(OptionalLong.of(64 << 20), OptionalDouble.of(0.5), OptionalLong.of(20)));
            subject.start("echo ready; sleep 1000");
            subject.box.awaitOutput("ready");
            assertThat(subject.runtimes.usage(Box.ID).orElseThrow().memoryLimitBytes())
                    .isEqualTo(64 << 20);
            subject.runtimes.update(
                    Box.ID, new Resources(OptionalLong.of(96 << 20), OptionalDouble.empty(), OptionalLong.empty()));
            assertThat(subject.runtimes.usage(Box.ID).orElseThrow().memoryLimitBytes())
                    .isEqualTo(96 << 20);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"berth", "runc", "crun"})
    void itIsPausedAndGoesOn(String name, Instance instance) {
        try (Subject subject = new Subject(name, instance)) {
            StartedProcess started = subject.start("echo ready; while [ ! -e /go ]; do sleep 0.05; done; echo on");
            subject.box.awaitOutput("ready");
            subject.runtimes.freeze(Box.ID, true);
            subject.runtimes.freeze(Box.ID, false);
            Box.await(subject.exec("go", ": > /go"));
            assertThat(Box.await(started).code()).isZero();
            assertThat(subject.box.output()).endsWith("on\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"berth", "runc", "crun"})
    void aTerminalIsHeldByTheMonitor(String name, Instance instance) {
        try (Subject subject = new Subject(name, instance)) {
            subject.box.terminal();
            StartedProcess started = subject.start("tty; echo ready; read line; echo \"read $line\"");
            subject.box.awaitOutput("ready");
            subject.restartDaemon();
            StartedProcess found = subject.runtimes.find(Box.ID).orElseThrow();
            Terminals.write(found.terminal().orElseThrow(), "typed\n");
            assertThat(Box.await(found).code()).isZero();
            assertThat(subject.box.output()).startsWith("/dev/").contains("read typed");
            started.terminal().ifPresent(org.berth.linux.Descriptor::close);
            found.terminal().ifPresent(org.berth.linux.Descriptor::close);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"berth", "runc", "crun"})
    void aProgramThatIsNotThereSaysSoAndLeavesNothing(String name, Instance instance) {
        try (Subject subject = new Subject(name, instance)) {
            ContainerSpec spec = subject.box.spec("no-such-program");
            assertThatThrownBy(() ->
                            subject.runtimes.named(name).launch(spec, new Output(subject.box.log, Optional.empty())))
                    .isInstanceOf(BerthException.class)
                    .hasMessageContaining("no-such-program")
                    .hasCauseInstanceOf(ProgramNotStarted.class);
            assertThat(subject.runtimes.ids()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"berth", "runc", "crun"})
    void deletingKillsWhatRuns(String name, Instance instance) {
        try (Subject subject = new Subject(name, instance)) {
            StartedProcess started = subject.start("sleep 1000 & echo ready; sleep 1000");
            subject.box.awaitOutput("ready");
            subject.runtimes.delete(Box.ID);
            assertThat(Box.await(started).code()).isEqualTo(137);
            assertThat(subject.runtimes.find(Box.ID)).isEmpty();
            Await.until("its process is gone", DEADLINE, () -> !Files.exists(Path.of("/proc/" + started.pid())));
            subject.runtimes.delete(Box.ID);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"runc", "crun"})
    void whatAnotherRuntimeCanNotDoIsRefusedByName(String name, Instance instance) {
        try (Subject subject = new Subject(name, instance)) {
            subject.box.init();
            assertThatThrownBy(() -> subject.start("true"))
                    .hasMessageContaining("runtime " + name)
                    .hasMessageContaining("init");
            assertThatThrownBy(() -> subject.runtimes.named(name).explain(Box.ID))
                    .hasMessageContaining("explain");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"runsc", "kata", "nonsense", "./relative", "/no/such/program"})
    void aRuntimeThatIsNotThereIsNamed(String name) {
        assumeTrue(!Runtimes.installed().contains(name));
        assertThatThrownBy(() -> RuntimeCommand.of(name))
                .isInstanceOf(BerthException.class)
                .hasMessageContaining(name)
                .hasMessageMatching(List.of("runsc", "kata").contains(name) ? ".*not installed.*install .*" : ".*");
        assertThat(name.getBytes(StandardCharsets.UTF_8)).isNotEmpty();
    }
}
