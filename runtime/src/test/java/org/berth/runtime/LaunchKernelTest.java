package org.berth.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.linux.Descriptor;
import org.berth.runtime.ContainerRuntime.Output;
import org.berth.runtime.ContainerRuntime.StartedProcess;
import org.berth.runtime.ContainerSpec.MountSpec;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** A container's life from the outside: it starts, writes, ends, is told about and deleted. */
@KernelTest
class LaunchKernelTest {
    @Test
    void outputAndExitCodeComeBack(Instance instance) {
        try (Box box = new Box(instance)) {
            ExitStatus status = box.run("echo out; echo err >&2; exit 7");

            assertThat(status.code()).isEqualTo(7);
            assertThat(box.output()).isEqualTo("out\n");
            assertThat(box.errors()).isEqualTo("err\n");
        }
    }

    @Test
    void aSignalThatEndsItIsItsExitCode(Instance instance) {
        try (Box box = new Box(instance)) {
            StartedProcess process = box.start("trap 'exit 3' TERM; echo ready; while true; do sleep 0.01; done");
            box.awaitOutput("ready");

            box.runtime.kill(Box.ID, 15);
            assertThat(Box.await(process).code()).isEqualTo(3);
        }
    }

    @Test
    void aKilledContainerEndsWith137AndCanNotBeKilledAgain(Instance instance) {
        try (Box box = new Box(instance)) {
            StartedProcess process = box.start("sleep 1000");

            box.runtime.kill(Box.ID, 9);
            assertThat(Box.await(process).code()).isEqualTo(137);
            assertThatThrownBy(() -> box.runtime.kill(Box.ID, 9))
                    .isInstanceOfSatisfying(
                            BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
        }
    }

    @Test
    void aProgramThatIsNotThereIs127(Instance instance) {
        try (Box box = new Box(instance)) {
            assertThatThrownBy(() -> launch(box, "nosuch"))
                    .hasMessage("exec: \"nosuch\": executable file not found in PATH")
                    .hasCauseInstanceOf(ProgramNotStarted.class)
                    .cause()
                    .extracting(cause -> ((ProgramNotStarted) cause).exitCode())
                    .isEqualTo(127);
            assertThatThrownBy(() -> launch(box, "/nosuch")).hasMessage("exec: \"/nosuch\": no such file or directory");
        }
    }

    @Test
    void aProgramThatCanNotBeExecutedIs126(Instance instance) throws Exception {
        try (Box box = new Box(instance)) {
            Path folder = box.layer().resolve("usr/bin");
            Files.createDirectories(folder);
            Files.writeString(folder.resolve("text"), "no program");

            assertThatThrownBy(() -> launch(box, "text"))
                    .hasMessage("exec: \"text\": permission denied")
                    .cause()
                    .extracting(cause -> ((ProgramNotStarted) cause).exitCode())
                    .isEqualTo(126);
        }
    }

    @Test
    void aFailedLaunchLeavesNothingAndCanBeRepeated(Instance instance) {
        try (Box box = new Box(instance)) {
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> launch(box, "nosuch")).isInstanceOf(BerthException.class);
                assertThat(org.berth.testing.Leftovers.whileOpen(instance)).isEmpty();
            }
            assertThat(box.run("true").code()).isZero();
        }
    }

    @Test
    void theSameIdTwiceIsAConflict(Instance instance) {
        try (Box box = new Box(instance)) {
            StartedProcess process = box.start("sleep 1000");
            assertThatThrownBy(() -> launch(box, "true"))
                    .isInstanceOfSatisfying(
                            BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFLICT));
            assertThat(process.exit()).isNotDone();
        }
    }

    @Test
    void anotherDaemonAdoptsIt(Instance instance) {
        try (Box box = new Box(instance)) {
            StartedProcess first =
                    box.start("trap 'echo bye; exit 5' TERM; echo ready; while true; do sleep 0.01; done");
            box.awaitOutput("ready");
            box.restartDaemon();
            StartedProcess adopted = box.runtime.find(Box.ID).orElseThrow();
            assertThat(adopted.pid()).isEqualTo(first.pid());
            box.runtime.kill(Box.ID, 15);
            assertThat(Box.await(adopted).code()).isEqualTo(5);
            assertThat(box.output()).endsWith("bye\n");
        }
    }

    @Test
    void anExitWithoutADaemonIsFoundByTheNext(Instance instance) throws Exception {
        try (Box box = new Box(instance)) {
            StartedProcess first = box.start("sleep 0.3; echo done; exit 9");
            box.endWithoutDaemon();
            assertThat(Box.await(box.runtime.find(Box.ID).orElseThrow()).code()).isEqualTo(9);
            assertThat(first.exit()).isNotDone();
        }
    }

    @Test
    void anotherBootsContainerIsNotTakenForOurs(Instance instance) throws Exception {
        try (Box box = new Box(instance)) {
            Path folder = instance.run().resolve("containers").resolve(Box.ID);
            Files.createDirectories(folder);
            Files.writeString(
                    folder.resolve("launch"),
                    "{\"version\":1,\"bootId\":\"another\",\"terminal\":false,\"container\":null}");
            Files.writeString(folder.resolve("monitor"), Files.readString(Path.of("/proc/self/stat")));

            StartedProcess found = box.runtime.find(Box.ID).orElseThrow();
            assertThat(Box.await(found).code()).isEqualTo(137);
        }
    }

    @Test
    void aContainerThatWritesMuchNeitherBlocksNorLosesALine(Instance instance) {
        int blocks = 1000;
        try (Box box = new Box(instance)) {
            box.start("echo first; dd if=/dev/zero bs=100000 count=" + blocks + " 2>/dev/null; echo; echo last");
            box.endWithoutDaemon();
            assertThat(Box.await(box.runtime.find(Box.ID).orElseThrow()).code()).isZero();
            long bytes = LogFrames.readAll(box.log).stream()
                    .mapToLong(frame -> frame.bytes().length)
                    .sum();
            assertThat(bytes).isEqualTo(blocks * 100_000L + "first\n\nlast\n".length());
        }
    }

    @Test
    void whatADaemonKnowsNothingOfIsListedAndCanBeDeleted(Instance instance) throws Exception {
        try (Box box = new Box(instance)) {
            assertThat(box.runtime.ids()).isEmpty();
            box.start("sleep 1000");
            // a daemon that was killed between making a folder and starting anything
            Files.createDirectories(instance.run().resolve("containers/halfway"));
            box.restartDaemon();
            assertThat(box.runtime.ids()).containsExactlyInAnyOrder(Box.ID, "halfway");
            assertThat(box.runtime.find("halfway")).isEmpty();
            box.runtime.ids().forEach(box.runtime::delete);
            assertThat(box.runtime.ids()).isEmpty();
        }
    }

    @Test
    void aRotatedLogGoesOnInANewFile(Instance instance) throws Exception {
        try (Box box = new Box(instance)) {
            StartedProcess process = box.start("echo one; while [ ! -e /go ]; do sleep 0.01; done; echo two");
            box.awaitOutput("one");
            Path old = box.log.resolveSibling("log.1");
            Files.move(box.log, old);
            assertThat(box.runtime.exec(
                            Box.ID, "e", box.process("touch", "/go"), new Output(box.execLog(), Optional.empty())))
                    .isNotNull();
            Box.await(process);
            assertThat(Box.text(old, 1)).isEqualTo("one\n");
            assertThat(box.output()).isEqualTo("two\n");
        }
    }

    @Test
    void initReapsForwardsAndKeepsTheExitCode(Instance instance) {
        try (Box box = new Box(instance).init()) {
            StartedProcess process = box.start("(sleep 0.05 &); trap 'exit 4' TERM; cat /proc/1/comm; echo $$; "
                    + "while true; do sleep 0.01; done");
            box.awaitOutput("init\n2\n");
            box.runtime.kill(Box.ID, 15);
            assertThat(Box.await(process).code()).isEqualTo(4);
        }
    }

    @Test
    void underInitASignalIs128AndItsNumber(Instance instance) {
        try (Box box = new Box(instance).init()) {
            assertThat(box.run("kill -9 $$").code()).isEqualTo(137);
        }
    }

    @Test
    void underInitAMissingProgramIsAnError(Instance instance) {
        try (Box box = new Box(instance).init()) {
            assertThatThrownBy(() -> launch(box, "nosuch"))
                    .hasMessage("exec: \"nosuch\": executable file not found in PATH");
        }
    }

    @Test
    void execRunsInItsNamespaces(Instance instance) {
        try (Box box = new Box(instance)) {
            StartedProcess process = box.start("echo ready; sleep 1000");
            box.awaitOutput("ready");
            ExitStatus status = box.exec("for n in mnt pid uts ipc net cgroup; do "
                    + "[ $(readlink /proc/1/ns/$n) = $(readlink /proc/self/ns/$n) ] || echo differs: $n; done; "
                    + "cat /proc/self/cgroup; grep CapInh /proc/self/status; ls /proc/self/fd; exit 11");
            assertThat(status.code()).isEqualTo(11);
            assertThat(box.execOutput()).doesNotContain("differs").contains("CapInh:\t0000000000000000");
            assertThat(box.execOutput().lines().filter(line -> line.matches("[0-9]+:.*")))
                    .allMatch(line -> line.endsWith(":/"));
            assertThat(process.exit()).isNotDone();
        }
    }

    @Test
    void memoryThatRunsOutIsTold(Instance instance) {
        Resources limits = new Resources(
                java.util.OptionalLong.of(8 << 20), java.util.OptionalDouble.empty(), java.util.OptionalLong.empty());
        try (Box box = new Box(instance).resources(limits)) {
            ExitStatus status = box.run("exec dd if=/dev/zero of=/dev/null bs=64M count=1");
            assertThat(status.code()).isEqualTo(137);
            assertThat(status.outOfMemory()).isTrue();
        }
    }

    @Test
    void aFrozenContainerStandsStillAndCanBeDeleted(Instance instance) {
        try (Box box = new Box(instance)) {
            box.start("echo ready; sleep 1000");
            box.awaitOutput("ready");
            box.runtime.freeze(Box.ID, true);
            assertThatThrownBy(() -> box.exec("true")).hasMessageContaining("is paused");
            box.runtime.freeze(Box.ID, false);
            assertThat(box.exec("true").code()).isZero();
            box.runtime.freeze(Box.ID, true);
        }
    }

    @Test
    void usageAndProcessesAreTold(Instance instance) {
        try (Box box = new Box(instance)) {
            StartedProcess process = box.start("echo ready; sleep 1000");
            box.awaitOutput("ready");
            assertThat(box.runtime.processes(Box.ID)).contains(process.pid());
            assertThat(box.runtime.usage(Box.ID).orElseThrow().pids()).isGreaterThanOrEqualTo(1);
            box.runtime.kill(Box.ID, 9);
            Box.await(process);
            assertThat(box.runtime.usage(Box.ID)).isEmpty();
        }
    }

    @Test
    void aTerminalIsControllingAndItsMasterIsOurs(Instance instance) {
        try (Box box = new Box(instance).terminal()) {
            StartedProcess process = box.start("tty; stty size; read line; echo got $line; exit 6");
            box.awaitOutput("/dev/pts/0");
            try (var terminal = process.terminal().orElseThrow()) {
                Terminals.write(terminal, "hello\n");
            }
            assertThat(Box.await(process).code()).isEqualTo(6);
            assertThat(box.output()).contains("got hello");
        }
    }

    @Test
    void anExecsTerminalIsTheContainersOwn(Instance instance) {
        try (Box box = new Box(instance)) {
            box.start("echo ready; sleep 1000");
            box.awaitOutput("ready");
            box.terminal();
            assertThat(box.exec("tty; ls -l $(tty)").code()).isZero();
            assertThat(box.execOutput()).startsWith("/dev/pts/0");
        }
    }

    @Test
    void deletingTwiceIsFine(Instance instance) {
        try (Box box = new Box(instance)) {
            box.start("sleep 1000");
            box.runtime.delete(Box.ID);
            box.runtime.delete(Box.ID);
            assertThat(box.runtime.find(Box.ID)).isEmpty();
        }
    }

    @Test
    void aMissingBindSourceIsNamed(Instance instance) {
        try (Box box = new Box(instance).mounts(new MountSpec.Bind(Path.of("/nosuch"), "/data", false))) {
            assertThatThrownBy(() -> launch(box, "true"))
                    .hasMessage("mount on /data: its source /nosuch does not exist, make it first");
        }
    }

    @Test
    void manyLayersFit(Instance instance) throws Exception {
        try (Box box = new Box(instance)) {
            for (int i = 0; i < 120; i++) {
                Files.writeString(box.layer().resolve("file" + i), "x");
            }
            assertThat(box.run("ls / | grep -c file").code()).isZero();
            assertThat(box.output()).isEqualTo("120\n");
        }
    }

    @Test
    void aNetworkNamespaceIsJoinedByItsFile(Instance instance) throws Exception {
        try (Box box = new Box(instance)) {
            StartedProcess first = box.start("echo ready; sleep 1000");
            box.awaitOutput("ready");
            Path namespace = Path.of("/proc", Long.toString(first.pid()), "ns/net");
            box.network(namespace);
            assertThat(runOne(box, 3, "readlink /proc/self/ns/net; exit 3")).isEqualTo(3);
            assertThat(Box.text(box.folder.resolve("many3/log"), 1).strip())
                    .isEqualTo(Files.readSymbolicLink(namespace).toString());
        }
    }

    @Test
    void limitsAreSetAndChanged(Instance instance) {
        Resources few = new Resources(
                java.util.OptionalLong.of(64 << 20), java.util.OptionalDouble.of(0.5), java.util.OptionalLong.of(7));
        try (Box box = new Box(instance).resources(few)) {
            box.start("echo ready; sleep 1000");
            box.awaitOutput("ready");
            assertThat(limits(box)).contains("of 64.0 MiB", "processors: 0.50", "of 7");
            assertThat(box.exec("for i in 1 2 3 4 5 6 7 8 9; do sleep 0.2 & done; wait")
                            .code())
                    .isNotZero();
            box.runtime.update(
                    Box.ID,
                    new Resources(
                            java.util.OptionalLong.of(96 << 20),
                            java.util.OptionalDouble.of(2),
                            java.util.OptionalLong.of(50)));
            assertThat(limits(box)).contains("of 96.0 MiB", "processors: 2.00", "of 50");
        }
    }

    private static String limits(Box box) {
        return box.runtime.explain(Box.ID).sections().stream()
                .filter(section -> section.title().equals("limits and usage"))
                .flatMap(section -> section.lines().stream())
                .collect(java.util.stream.Collectors.joining("; "));
    }

    @Test
    void anExecEndsWithItsContainer(Instance instance) {
        try (Box box = new Box(instance)) {
            box.start("echo ready; sleep 1000");
            box.awaitOutput("ready");
            StartedProcess exec = box.runtime.exec(
                    Box.ID, "e", box.process("sleep", "1000"), new Output(box.execLog(), Optional.empty()));
            box.runtime.kill(Box.ID, 9);
            assertThat(Box.await(exec).code()).isEqualTo(137);
        }
    }

    @Test
    void anExecsBackgroundProcessDoesNotHoldItsExit(Instance instance) {
        try (Box box = new Box(instance)) {
            box.start("echo ready; sleep 1000");
            box.awaitOutput("ready");
            assertThat(box.exec("sleep 1000 & echo done; exit 5").code()).isEqualTo(5);
            assertThat(box.execOutput()).isEqualTo("done\n");
        }
    }

    @Test
    void olderKernelsWaysWorkToo(Instance instance) throws Exception {
        for (int minor : new int[] {15, 8}) {
            try (Box box = new Box(instance).kernel(minor == 15 ? 5 : 6, minor)) {
                for (int i = 0; i < 40; i++) {
                    Files.writeString(box.layer().resolve("file" + i), "x");
                }
                box.run("ls / | grep -c file; cat /proc/self/mountinfo; head -c 1 /proc/keys; touch /new");
                assertThat(box.output())
                        .startsWith("40\n")
                        .doesNotContain(instance.root().toString());
                assertThat(box.upper().resolve("new")).exists();
                assertThat(box.errors()).isEmpty();
            }
        }
    }

    @Test
    void manyStartAtOnceOnVirtualThreads(Instance instance) throws Exception {
        int count = 24;
        try (Box box = new Box(instance);
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> codes = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int number = i;
                codes.add(executor.submit(() -> runOne(box, number, "exit " + number)));
            }
            for (int i = 0; i < count; i++) {
                assertThat(codes.get(i).get(2, TimeUnit.MINUTES)).isEqualTo(i);
            }
        }
    }

    private static int runOne(Box box, int number, String script) throws IOException {
        String id = "many" + number;
        Path folder = box.folder.resolve(id);
        Files.createDirectories(folder.resolve("upper"));
        Files.createDirectories(folder.resolve("work"));
        ContainerSpec like = box.spec("sh", "-c", script);
        ContainerSpec spec = ContainerSpec.of(
                        id,
                        new ContainerSpec.RootFilesystem(
                                like.root().lower(), folder.resolve("upper"), folder.resolve("work")),
                        like.process())
                .mounts(like.mounts())
                .hostname(like.hostname())
                .network(like.networkNamespace())
                .resources(like.resources())
                .build();
        StartedProcess process = box.runtime.launch(spec, new Output(folder.resolve("log"), Optional.empty()));
        int code = Box.await(process).code();
        box.runtime.delete(id);
        return code;
    }

    @Test
    void aMonitorsDeathEndsItsProcess(Instance instance) throws Exception {
        try (Box box = new Box(instance)) {
            StartedProcess process = box.start("echo ready; sleep 1000");
            box.awaitOutput("ready");
            Path monitor = instance.run().resolve("containers").resolve(Box.ID).resolve("monitor");
            ProcessHandle.of(ProcessDescriptor.pid(Files.readString(monitor)))
                    .orElseThrow()
                    .destroyForcibly();
            assertThat(Box.await(process).code()).isEqualTo(137);
        }
    }

    /** PR_SET_PDEATHSIG does not outlast a change of the user: what runs on must not be taken for ended. */
    @Test
    void aMonitorsDeathEndsAProcessThatChangedItsUser(Instance instance) throws Exception {
        try (Box box = new Box(instance)) {
            HostPrograms.copy(box.layer(), List.of("setpriv"));
            StartedProcess process =
                    box.start("exec setpriv --reuid 65534 --clear-groups sh -c 'echo ready; exec sleep 1000'");
            box.awaitOutput("ready");
            killMonitor(instance);
            assertThat(Box.await(process).code()).isEqualTo(137);
            assertThat(hasEnded(process.pid())).isTrue();
        }
    }

    /** The same while no daemon runs: the next one ends it. */
    @Test
    void aMonitorsDeathWithoutADaemonEndsItsProcessAtTheNext(Instance instance) throws Exception {
        try (Box box = new Box(instance)) {
            HostPrograms.copy(box.layer(), List.of("setpriv"));
            StartedProcess process =
                    box.start("exec setpriv --reuid 65534 --clear-groups sh -c 'echo ready; exec sleep 1000'");
            box.awaitOutput("ready");
            box.runtime.close();
            killMonitor(instance);
            box.startDaemon();
            StartedProcess adopted = box.runtime.find(Box.ID).orElseThrow();
            assertThat(Box.await(adopted).code()).isEqualTo(137);
            assertThat(hasEnded(process.pid())).isTrue();
        }
    }

    private static void killMonitor(Instance instance) throws Exception {
        Path record = instance.run().resolve("containers").resolve(Box.ID).resolve("monitor");
        long pid = ProcessDescriptor.pid(Files.readString(record));
        ProcessHandle.of(pid).orElseThrow().destroyForcibly();
        org.berth.testing.Await.until("the monitor has ended", Duration.ofSeconds(10), () -> hasEnded(pid));
    }

    /** It is gone, or only waits for its parent to hear of it. */
    private static boolean hasEnded(long pid) throws IOException {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            return stat.substring(stat.lastIndexOf(')')).startsWith(") Z");
        } catch (NoSuchFileException e) {
            return true;
        }
    }

    @Test
    void anIdleMonitorIsSmall(Instance instance) throws Exception {
        try (Box box = new Box(instance)) {
            box.start("echo ready; sleep 1000");
            box.awaitOutput("ready");
            Path record = instance.run().resolve("containers").resolve(Box.ID).resolve("monitor");
            long pid = ProcessDescriptor.pid(Files.readString(record));
            String memory = Files.readString(Path.of("/proc/" + pid + "/smaps_rollup"));
            assertThat(Files.readString(Path.of("/proc/" + pid + "/comm")).trim())
                    .isEqualTo("berth-" + instance.tag());
            assertThat(Integer.parseInt(HostPrograms.find("^Pss: +([0-9]+) kB", memory)))
                    .isLessThan(100);
        }
    }

    @Test
    void inputArrivesAndEnds(Instance instance) throws Exception {
        try (Box box = new Box(instance)) {
            Path input = box.folder.resolve("input");
            Files.writeString(input, "one\ntwo\n");
            Descriptor opened = Terminals.open(input);
            StartedProcess process = box.runtime.launch(box.spec("cat"), new Output(box.log, Optional.of(opened)));
            assertThat(Box.await(process).code()).isZero();
            assertThat(box.output()).isEqualTo("one\ntwo\n");
        }
    }

    @Test
    void capabilitiesThatAreNotAskedForAreGone(Instance instance) {
        try (Box box = new Box(instance).capabilities(new Capabilities(Set.of()))) {
            box.run("grep Cap /proc/self/status");
            assertThat(box.output().lines()).allMatch(line -> line.endsWith("\t0000000000000000"));
        }
    }

    private static StartedProcess launch(Box box, String program) {
        return box.runtime.launch(box.spec(program), new Output(box.log, Optional.empty()));
    }

    @Test
    void aLongLineOfArgumentsArrivesWhole(Instance instance) {
        try (Box box = new Box(instance)) {
            String text = "x".repeat(100_000);
            StartedProcess process = box.runtime.launch(box.spec("echo", text), new Output(box.log, Optional.empty()));
            assertThat(Box.await(process).code()).isZero();
            assertThat(box.output()).isEqualTo(text + "\n");
            assertThat(List.of(text)).hasSize(1);
        }
    }
}
