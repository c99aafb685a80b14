package org.berth.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.Instance;
import org.berth.engine.BusyboxCondition.NeedsBusybox;
import org.berth.engine.ContainerRequest.RestartPolicy;
import org.berth.engine.ContainerState.HealthStatus;
import org.berth.engine.ContainerState.Status;
import org.berth.engine.Containers.Streams;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** Containers outlive their daemon, and the next one takes them over. */
@KernelTest
@NeedsBusybox
class AdoptionKernelTest {
    @Test
    void whatRunsIsTakenOver(Instance instance) throws IOException {
        TestNode first = new TestNode(instance).withTiny();
        Samples request = Samples.shell("echo begun; read line; echo \"got $line\"; exit 6");
        request.openInput = true;
        String id = first.start(request);
        TestNode.eventually("begun", () -> first.logs(id).contains("begun"));
        long pid = first.containers().get(id).pid();
        first.abandon();
        try (TestNode second = new TestNode(instance)) {
            assertThat(second.containers().get(id))
                    .returns(Status.RUNNING, ContainerState::status)
                    .returns(pid, ContainerState::pid);
            try (Streams streams = second.containers().attach(id, true)) {
                streams.input().write("word\n".getBytes(StandardCharsets.UTF_8));
                assertThat(TestNode.readAll(streams)).isEqualTo("begun\ngot word\n");
            }
            assertThat(second.end(id).code()).isEqualTo(6);
        }
    }

    /** A bootstrap's program that outlived its daemon would write on into what the next one throws away. */
    @Test
    void whatRanForABootstrapIsEnded(Instance instance) throws IOException {
        TestNode first = new TestNode(instance).withTiny();
        Path draft = instance.root().resolve("layers/.draft-1");
        Path program = Files.createDirectories(draft.resolve("bin")).resolve("busybox");
        Files.copy(TestNode.BUSYBOX, program, StandardCopyOption.COPY_ATTRIBUTES);
        Files.createDirectories(draft.resolve("proc"));
        List<String> writing = List.of("/bin/busybox", "sh", "-c", "while true; do echo x > /n$((n=n+1)); done");
        Thread.ofVirtual().start(() -> first.runner().run(draft, writing, List.of(), line -> {}));
        TestNode.eventually("running", () -> Files.exists(draft.resolve("n100")));
        first.abandon();

        LocalEngine second = LocalEngine.open(instance, Map.of());
        second.restore();
        second.close();
        assertThat(draft).doesNotExist();
        assertThat(instance.run().resolve("runner")).isEmptyDirectory();
        assertThat(instance.run().resolve("containers")).isEmptyDirectory();
        new TestNode(instance).close();
    }

    /** One record that can't be read, of each kind, keeps no other away. */
    @Test
    void whatIsDamagedIsLeftAlone(Instance instance) throws IOException {
        TestNode first = new TestNode(instance).withTiny();
        String good = first.start(Samples.run("sleep", "1000"));
        String torn = first.start(Samples.run("sleep", "1000"));
        String lost = first.start(Samples.run("sleep", "1000"));
        first.engine.volumes().create("data", Map.of());
        first.engine.volumes().create("other", Map.of());
        Path launch = instance.run().resolve("containers").resolve(lost).resolve("launch");
        Path record = instance.root().resolve("containers").resolve(torn).resolve("container.json");
        Path volume = instance.root().resolve("volumes/data/volume.json");
        first.abandon();
        Map<Path, String> whole = new HashMap<>();
        for (Path file : List.of(launch, record, volume)) {
            whole.put(file, Files.readString(file));
        }
        Files.writeString(launch, "garbage");
        Files.writeString(record, Files.readString(record).replaceFirst("\"plan\":", "\"was\":"));
        Files.writeString(volume, "{\"version\":1}");
        TestNode second = new TestNode(instance);
        assertThat(second.containers().get(good).status()).isEqualTo(Status.RUNNING);
        assertThat(second.containers().find(torn)).isEmpty();
        assertThat(second.engine.volumes().find("other")).isPresent();
        assertThatExceptionOfType(BerthException.class)
                .isThrownBy(() -> second.engine.volumes().create("data", Map.of()))
                .withMessageContainingAll(volume.toString(), "is damaged", "_data");
        second.abandon();
        for (Path file : List.of(launch, record, volume)) {
            Files.writeString(file, whole.get(file));
        }
        try (TestNode third = new TestNode(instance)) {
            for (String id : List.of(good, torn, lost)) {
                assertThat(third.containers().get(id).status()).isEqualTo(Status.RUNNING);
            }
        }
    }

    /** What was ready stays ready: a daemon's restart takes nobody out of the balance. */
    @Test
    void healthStaysAsItWas(Instance instance) {
        TestNode first = new TestNode(instance).withTiny();
        Samples request = Samples.run("sleep", "1000");
        request.healthCheck = Optional.of(new ContainerRequest.HealthCheck(
                List.of("true"),
                Duration.ofHours(1),
                Duration.ofSeconds(5),
                1,
                Duration.ofHours(1),
                Duration.ofMillis(20)));
        String id = first.start(request);
        TestNode.eventually("healthy", () -> first.containers().get(id).health().status() == HealthStatus.HEALTHY);
        first.abandon();
        try (TestNode second = new TestNode(instance)) {
            assertThat(second.containers().get(id).health().status()).isEqualTo(HealthStatus.HEALTHY);
        }
    }

    /** 100 MB while nobody is there: nothing blocks, nothing is lost, and the exit code is known. */
    @Test
    void whatEndedMeanwhileIsKnown(Instance instance) throws IOException {
        TestNode first = new TestNode(instance).withTiny();
        Path go = Files.createDirectories(instance.root().resolve("gate"));
        Samples request = Samples.shell(
                "while ! test -e /gate/go; do sleep 0.05; done; yes 0123456789abcde | head -n 6553600; exit 4");
        request.mounts = List.of(new ContainerRequest.Mount.Bind(go, "/gate", false));
        String id = first.start(request);
        first.abandon();
        Files.createFile(go.resolve("go"));
        Path record = instance.run().resolve("containers").resolve(id).resolve("exit");
        TestNode.eventually(
                "ended", () -> Files.exists(record) && record.toFile().length() > 0);
        try (TestNode second = new TestNode(instance)) {
            assertThat(second.end(id).code()).isEqualTo(4);
            long[] size = new long[1];
            second.containers()
                    .logs(
                            id,
                            new Containers.LogQuery(
                                    true, true, false, Optional.empty(), Optional.empty(), Optional.empty()),
                            frame -> {
                                size[0] += frame.bytes().length;
                                return true;
                            });
            assertThat(size[0]).isEqualTo(16L * 6_553_600);
        }
    }

    /** As after a reboot: nothing runs, BERTH_RUN is empty, BERTH_ROOT is as it was. */
    @Test
    void afterARebootPoliciesStartThem(Instance instance) throws IOException {
        TestNode first = new TestNode(instance).withTiny();
        Samples always = Samples.shell("echo run; sleep 1000");
        always.restart = new RestartPolicy(RestartPolicy.Kind.UNLESS_STOPPED, 0);
        always.networkMode = ContainerRequest.NetworkMode.NETWORKS;
        String restarted = first.start(always);
        String stopped = first.start(always);
        first.containers().kill(stopped, 9);
        first.end(stopped);
        String once = first.start(Samples.run("sleep", "1000"));
        TestNode.eventually("run", () -> first.logs(restarted).equals("run\n"));
        String logs = first.logs(stopped);
        first.abandon();
        new Reboot(instance).run();
        try (TestNode second = new TestNode(instance)) {
            TestNode.eventually(
                    "running again",
                    () -> second.containers().get(restarted).status() == Status.RUNNING
                            && second.logs(restarted).equals("run\nrun\n"));
            assertThat(second.containers().get(restarted).networks()).containsKey("bridge");
            assertThat(second.logs(stopped)).isEqualTo(logs);
            assertThat(second.containers().get(stopped).status()).isEqualTo(Status.EXITED);
            assertThat(second.containers().get(once))
                    .returns(Status.EXITED, ContainerState::status)
                    .returns(255, ContainerState::exitCode);
        }
    }

    /** A daemon killed in the middle of a removal: the next one goes on with it. */
    @Test
    void aRemovalThatWasCutShortIsFinished(Instance instance) throws IOException {
        TestNode first = new TestNode(instance).withTiny();
        String id = first.start(Samples.run("true"));
        first.end(id);
        first.abandon();
        Path record = instance.root().resolve("containers").resolve(id).resolve("container.json");
        Files.writeString(record, Files.readString(record).replace("\"EXITED\"", "\"REMOVING\""));
        Files.createDirectories(instance.root().resolve("containers").resolve("ab".repeat(32)));
        try (TestNode second = new TestNode(instance)) {
            assertThat(second.containers().list()).isEmpty();
            try (Stream<Path> left = Files.list(instance.root().resolve("containers"))) {
                assertThat(left).isEmpty();
            }
            assertThat(second.engine.images().snapshot(id)).isEmpty();
        }
    }

    @Test
    void aRecordOfANewerVersionIsLeftAlone(Instance instance) throws IOException {
        TestNode first = new TestNode(instance).withTiny();
        String id = first.containers().create(Samples.run("true").build()).id();
        first.abandon();
        Path record = instance.root().resolve("containers").resolve(id).resolve("container.json");
        String text = Files.readString(record);
        Files.writeString(record, text.replace("\"version\":1", "\"version\":2"));
        try (TestNode second = new TestNode(instance)) {
            assertThat(second.containers().list()).isEmpty();
        }
        assertThat(record).exists();
    }
}
