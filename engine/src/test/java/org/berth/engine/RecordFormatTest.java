package org.berth.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import org.berth.engine.ContainerRequest.HealthCheck;
import org.berth.engine.ContainerRequest.Mount;
import org.berth.engine.ContainerRequest.NetworkAttachment;
import org.berth.engine.ContainerRequest.RestartPolicy;
import org.berth.engine.ContainerRequest.Secret;
import org.berth.linux.user.UserRange;
import org.berth.network.Networks.PublishedPort;
import org.berth.runtime.Resources;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is stored is what was there, and what is not known is refused by name. */
class RecordFormatTest {
    @TempDir
    Path folder;

    private static ContainerRecord record() throws IOException {
        PublishedPort port =
                new PublishedPort((Inet4Address) InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 8080, 80, "tcp");
        Samples request = Samples.run("serve");
        request.name = Optional.of("web");
        request.entrypoint = Optional.of(List.of());
        request.mounts = List.of(
                new Mount.Volume("data", "/data", false),
                new Mount.Bind(Path.of("/etc/motd"), "/motd", true),
                new Mount.Memory("/tmp", "size=1m"));
        request.secrets = List.of(new Secret("key", Path.of("/key"), 1, 2, 0400));
        request.networks = List.of(new NetworkAttachment("back", Set.of("db")));
        request.ports = List.of(port);
        request.labels = Map.of("a", "b");
        request.resources = new Resources(OptionalLong.of(1 << 20), OptionalDouble.of(1.5), OptionalLong.empty());
        request.healthCheck = Optional.of(new HealthCheck(
                List.of("true"), Duration.ofSeconds(1), Duration.ofMillis(1500), 3, Duration.ZERO, Duration.ZERO));
        request.restart = new RestartPolicy(RestartPolicy.Kind.ON_FAILURE, 3);
        request.stopGrace = Optional.of(Duration.ofSeconds(3));
        return new ContainerRecord(
                "ab".repeat(32),
                request.build(),
                "sha256:1",
                List.of("sha256:2"),
                new ProcessPlan(List.of("serve"), List.of("A=b"), "", "/", 15),
                Set.of("anonymous"),
                Instant.parse("2026-01-01T00:00:00.123456789Z"),
                ContainerRecord.Progress.CREATED.running(Instant.parse("2026-01-01T00:00:01Z")),
                List.of(port),
                Optional.of(new UserRange(0x2345_0000L)));
    }

    @Test
    void aRecordOfBeforeRangesOfIdsIsRead() throws IOException {
        Path file = folder.resolve("container.json");
        RecordFormat.write(file, record());
        String text = Files.readString(file);
        String old = text.replaceFirst(",\"userRange\":\"[^\"]*\"", "")
                .replaceFirst(",\"runtime\":null", "")
                .replaceFirst(",\"jail\":null", "")
                .replaceFirst(",\"more\":null", "")
                .replaceFirst(",\"users\":\\{[^}]*}", "");
        assertThat(old)
                .isNotEqualTo(text)
                .doesNotContain("userRange")
                .doesNotContain("users")
                .doesNotContain("runtime")
                .doesNotContain("jail")
                .doesNotContain("more");
        Files.writeString(file, old);
        ContainerRecord read = RecordFormat.read(file, ContainerRecord.class, "remove it");
        assertThat(read.users()).isEmpty();
        assertThat(read.request().userRange()).isEmpty();
        assertThat(read.name()).isEqualTo(record().name());
    }

    @Test
    void aRecordComesBackAsItWas() throws IOException {
        Path file = folder.resolve("container.json");
        RecordFormat.write(file, record());
        assertThat(RecordFormat.read(file, ContainerRecord.class, "remove it")).isEqualTo(record());
    }

    @Test
    void anUnknownVersionIsRefusedByName() throws IOException {
        Path file = folder.resolve("container.json");
        RecordFormat.write(file, record());
        Files.writeString(file, Files.readString(file).replace("\"version\":1", "\"version\":7"));
        assertThatThrownBy(() -> RecordFormat.read(file, ContainerRecord.class, "remove it"))
                .hasMessageContaining(file.toString())
                .hasMessageContaining("is of version 7");
    }

    @Test
    void whatIsNoRecordSaysSo() throws IOException {
        Path file = Files.writeString(folder.resolve("container.json"), "{\"version\":");
        assertThatThrownBy(() -> RecordFormat.read(file, ContainerRecord.class, "remove it"))
                .hasMessageContainingAll(file.toString(), "is damaged", "remove it");
    }
}
