package org.berth.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.berth.compose.HealthCheck;
import org.berth.compose.Jail;
import org.berth.compose.Limits;
import org.berth.control.TaskSpec;
import org.berth.engine.ContainerRequest;
import org.berth.engine.JailRequest;
import org.berth.engine.JailRequest.DiskLimit;
import org.berth.image.ImageHealth;
import org.berth.linux.cgroup.GroupResources;
import org.berth.linux.cgroup.GroupResources.ThrottleKind;
import org.berth.runtime.Isolation.Kind;
import org.berth.runtime.ProcessSpec.Limit;
import org.junit.jupiter.api.Test;

/** What a service says of its containers reaches the engine. */
class TaskRequestsTest {
    private static final ImageHealth OF_IMAGE = new ImageHealth(
            List.of("CMD-SHELL", "curl localhost"),
            Duration.ofSeconds(7),
            Duration.ZERO,
            Duration.ZERO,
            Duration.ZERO,
            0);

    private static TaskSpec spec(Optional<HealthCheck> check, Optional<Jail> jail) {
        return new TaskSpec(
                "shop",
                "web",
                1,
                "shop-web-1",
                "hash",
                "debian",
                "debian",
                Optional.empty(),
                Optional.empty(),
                Map.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Map.of(),
                List.of(),
                List.of(),
                List.of(),
                new Limits(OptionalLong.of(1000), OptionalDouble.empty(), OptionalLong.empty()),
                check,
                OptionalInt.empty(),
                Duration.ofSeconds(1),
                false,
                false,
                Optional.empty(),
                jail);
    }

    private static Optional<ContainerRequest.HealthCheck> check(
            Optional<HealthCheck> own, Optional<ImageHealth> ofImage) {
        return TaskRequests.task(spec(own, Optional.empty()), ofImage, List.of())
                .healthCheck();
    }

    @Test
    void theImagesHealthCheckIsUsedWhereTheServiceSaysNothing() {
        HealthCheck own = new HealthCheck(
                List.of("true"), Duration.ofSeconds(1), Duration.ofSeconds(2), 3, Duration.ZERO, Duration.ofSeconds(4));
        assertThat(check(Optional.empty(), Optional.empty())).isEmpty();
        assertThat(check(Optional.empty(), Optional.of(OF_IMAGE)))
                .contains(new ContainerRequest.HealthCheck(
                        List.of("/bin/sh", "-c", "curl localhost"),
                        Duration.ofSeconds(7),
                        Duration.ofSeconds(30),
                        3,
                        Duration.ZERO,
                        Duration.ofSeconds(5)));
        assertThat(check(Optional.of(own), Optional.of(OF_IMAGE)).orElseThrow().test())
                .containsExactly("true");
        assertThat(check(Optional.of(HealthCheck.DISABLED), Optional.of(OF_IMAGE)))
                .isEmpty();
    }

    @Test
    void aJailIsTakenOver() {
        Jail jail = new Jail(
                true,
                List.of("NET_ADMIN"),
                List.of("ALL"),
                true,
                Optional.of("unconfined"),
                List.of("audio"),
                List.of(new Jail.Device("/dev/kvm", "/dev/k", "r")),
                List.of("c 1:* r"),
                List.of(new Jail.Limit("nofile", 1, 2)),
                new TreeMap<>(Map.of("net.core.somaxconn", "9")),
                List.of(Jail.Shared.PID, Jail.Shared.CGROUP),
                Optional.of(new Jail.Peer("other", false)),
                Optional.empty(),
                true,
                OptionalInt.of(5),
                OptionalLong.of(4096),
                Optional.of("example.org"),
                true,
                new Jail.Tuning(
                        OptionalLong.of(500),
                        OptionalLong.of(2000),
                        OptionalLong.of(10),
                        true,
                        OptionalLong.of(512),
                        Optional.of("0-1"),
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        OptionalInt.of(300),
                        List.of(new Jail.DiskLimit(Jail.DiskLimitKind.READS, "/dev/sda", 30))));
        ContainerRequest request =
                TaskRequests.task(spec(Optional.empty(), Optional.of(jail)), Optional.empty(), List.of());
        assertThat(request.readOnlyRoot()).isTrue();
        assertThat(request.seccomp()).contains("unconfined");
        assertThat(request.jail())
                .contains(JailRequest.of()
                        .privileged(true)
                        .addedCapabilities(List.of("NET_ADMIN"))
                        .droppedCapabilities(List.of("ALL"))
                        .gainsPrivileges(true)
                        .groups(List.of("audio"))
                        .devices(List.of(new JailRequest.Device("/dev/kvm", "/dev/k", "r")))
                        .deviceRules(List.of("c 1:* r"))
                        .limits(List.of(new Limit("nofile", 1, 2)))
                        .settings(Map.of("net.core.somaxconn", "9"))
                        .shared(Set.of(Kind.PID, Kind.CGROUP))
                        .processesOf(Optional.of("other"))
                        .sharesIpc(true)
                        .outOfMemoryScore(OptionalInt.of(5))
                        .sharedMemoryBytes(OptionalLong.of(4096))
                        .domainName(Optional.of("example.org"))
                        .diskLimits(List.of(new DiskLimit("/dev/sda", Optional.of(ThrottleKind.READS_PER_SECOND), 30)))
                        .build());
        GroupResources more = request.resources().more().orElseThrow();
        assertThat(more.memory().limit()).hasValue(1000);
        assertThat(more.memory().swap()).hasValue(2000);
        assertThat(more.processor().processors()).contains("0-1");
        assertThat(more.blockIo().weight()).hasValue(300);
        assertThat(TaskRequests.task(spec(Optional.empty(), Optional.empty()), Optional.empty(), List.of())
                        .jail())
                .isEmpty();
    }
}
