package org.berth.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.engine.BusyboxCondition.NeedsBusybox;
import org.berth.engine.ContainerState.Status;
import org.berth.testing.KernelTest;
import org.berth.testing.Leftovers;
import org.junit.jupiter.api.Test;

/** Containers that run to their end: exit codes, output, users, names, failures. */
@KernelTest
@NeedsBusybox
class RunKernelTest {
    @Test
    void exitCodesAndOutput(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            String id = node.start(Samples.shell("echo out; echo err >&2; exit 3"));
            assertThat(node.end(id).code()).isEqualTo(3);
            assertThat(node.logs(id)).contains("out\n").contains("err\n");
            ContainerState state = node.containers().get(id);
            assertThat(state.status()).isEqualTo(Status.EXITED);
            assertThat(state.exitCode()).isEqualTo(3);
            assertThat(state.pid()).isZero();
        }
    }

    @Test
    void itStartsAgain(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            String id = node.start(Samples.shell("echo run >> /tmp/runs; cat /tmp/runs"));
            node.end(id);
            node.containers().start(id);
            node.end(id);
            assertThat(node.logs(id)).isEqualTo("run\nrun\nrun\n");
        }
    }

    @Test
    void whatItRunsAs(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            Samples named = Samples.shell("id -u; id -g; id -G; pwd; env");
            named.user = Optional.of("web");
            named.workingDirectory = Optional.of("/srv");
            named.environment = List.of("A=b c");
            assertThat(node.output(named).lines())
                    .startsWith("33", "33", "33 44", "/srv")
                    .contains("A=b c", "HOME=/srv/www");
            Samples unknown = Samples.run("true");
            unknown.user = Optional.of("nobody");
            assertThatThrownBy(() -> node.start(unknown)).hasMessageContaining("not in /etc/passwd");
        }
    }

    @Test
    void programsThatAreNotThere(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            String missing =
                    node.containers().create(Samples.run("nothere").build()).id();
            assertThatThrownBy(() -> node.containers().start(missing)).isInstanceOf(BerthException.class);
            assertThat(node.containers().get(missing))
                    .returns(127, ContainerState::exitCode)
                    .returns(Status.CREATED, ContainerState::status);
            assertThat(node.containers().get(missing).failure()).contains("nothere");
            String plain =
                    node.containers().create(Samples.run("/etc/plain").build()).id();
            assertThatThrownBy(() -> node.containers().start(plain)).isInstanceOf(BerthException.class);
            assertThat(node.containers().get(plain).exitCode()).isEqualTo(126);
        }
    }

    /** Whatever of a start fails, only the record is left, which says why. */
    @Test
    void aFailedStartLeavesNothing(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            Samples request = Samples.run("nothere");
            request.networkMode = ContainerRequest.NetworkMode.NETWORKS;
            request.openInput = true;
            String id = node.containers().create(request.build()).id();
            assertThatThrownBy(() -> node.containers().start(id)).isInstanceOf(BerthException.class);
            node.engine.networks().remove("bridge");
            assertThat(Leftovers.whileOpen(instance)).isEmpty();
        }
    }

    @Test
    void namesAreTakenOnce(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            Samples request = Samples.run("true");
            request.name = Optional.of("one");
            String id = node.containers().create(request.build()).id();
            assertThatThrownBy(() -> node.containers().create(request.build()))
                    .isInstanceOfSatisfying(
                            BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFLICT))
                    .hasMessageContaining("is already in use by container");
            node.containers().rename("one", "two");
            assertThat(node.containers().find("one")).isEmpty();
            assertThat(node.containers().get("/two").id()).isEqualTo(id);
            assertThat(node.containers().get(id.substring(0, 10)).id()).isEqualTo(id);
            node.containers().create(request.build());
        }
    }

    @Test
    void imagesThatAreNotThere(Instance instance) {
        try (TestNode node = new TestNode(instance)) {
            Samples request = Samples.run("true");
            request.image = "none";
            assertThatThrownBy(() -> node.containers().create(request.build()))
                    .isInstanceOfSatisfying(
                            BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND))
                    .hasMessage("No such image: none:latest");
        }
    }

    @Test
    void removalAtTheEnd(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            Samples request = Samples.shell("exit 4");
            request.autoRemove = true;
            String id = node.containers().create(request.build()).id();
            var removed = node.containers().await(id, Containers.WaitCondition.REMOVED);
            node.containers().start(id);
            assertThat(removed.orTimeout(30, java.util.concurrent.TimeUnit.SECONDS)
                            .join()
                            .code())
                    .isEqualTo(4);
            assertThat(node.containers().find(id)).isEmpty();
        }
    }
}
