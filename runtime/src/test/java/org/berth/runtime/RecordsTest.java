package org.berth.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.Json;
import org.berth.linux.launch.LaunchPrinter;
import org.berth.runtime.ContainerSpec.MountSpec;
import org.berth.runtime.ContainerSpec.RootFilesystem;
import org.berth.runtime.plan.ContainerPlan;
import org.berth.runtime.plan.HostFacts;
import org.berth.runtime.plan.Placement;
import org.berth.runtime.plan.PlannedMount;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The records in a container's folder, read back. */
class RecordsTest {
    @Test
    void anExitRecordGivesTheCodeOrTheSignal() {
        assertThat(ExitRecord.parse(record(1, 7))).contains(new ExitRecord(7, Instant.ofEpochSecond(100, 5)));
        assertThat(ExitRecord.parse(record(2, 9)).orElseThrow().code()).isEqualTo(137);
        assertThat(ExitRecord.parse(record(3, 11)).orElseThrow().code()).isEqualTo(139);
        assertThat(ExitRecord.parse(new byte[0])).isEmpty();
        assertThat(ExitRecord.parse(new byte[100])).isEmpty();
    }

    private static byte[] record(int code, int status) {
        return ByteBuffer.allocate(144)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(8, code)
                .putInt(24, status)
                .putLong(128, 100)
                .putLong(136, 5)
                .array();
    }

    @Test
    void aStatLineIsReadAroundAnyName() {
        String line = "42 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 98765 20 21";
        assertThat(ProcessDescriptor.pid(line)).isEqualTo(42);
        assertThat(ProcessDescriptor.startTime(line)).isEqualTo("98765");
        assertThat(ProcessDescriptor.startTime("")).isEmpty();
    }

    @Test
    void aLaunchIsPlannedAgainFromItsRecord() {
        MountSpec bind = new MountSpec.Bind(Path.of("/data"), "/srv/data", true);
        MountSpec scratch = new MountSpec.Temporary("/tmp", "size=1m");
        ContainerSpec spec = ContainerSpec.of(
                        "id",
                        new RootFilesystem(List.of(Path.of("/l1"), Path.of("/l2")), Path.of("/u"), Path.of("/w")),
                        new ProcessSpec(
                                List.of("sh"),
                                List.of("A=b"),
                                "/",
                                new ProcessSpec.User(1, 2, List.of(3L)),
                                true,
                                new Capabilities(Set.of("CHOWN"))))
                .mounts(List.of(bind, scratch))
                .hostname("box")
                .network(Optional.of(Path.of("/run/netns/id")))
                .resources(new Resources(OptionalLong.of(1 << 24), OptionalDouble.of(1.5), OptionalLong.empty()))
                .init(true)
                .readOnlyRoot(true)
                .build();
        List<PlannedMount> mounts = List.of(new PlannedMount(bind, false), new PlannedMount(scratch, true));
        byte[] filter = new byte[] {6, 0, 0, 0, 0, 0, -1, 127};
        Placement placement = new Placement(
                "berth-x",
                Path.of("/run/id"),
                Path.of("/log"),
                false,
                List.of(new Placement.Group(Path.of("/sys/fs/cgroup/x"), "", true)),
                Optional.of(filter));
        HostFacts host = new HostFacts(6, 18, 40, 2, 1024);

        String json = Json.MAPPER.writeValueAsString(StoredLaunch.container("boot", spec, placement, mounts, host));
        StoredLaunch read = Json.MAPPER.readValue(json, StoredLaunch.class);

        assertThat(read.terminal()).isTrue();
        assertThat(LaunchPrinter.print(StoredLaunch.program(read.container().orElseThrow(), Optional.of(filter))))
                .isEqualTo(LaunchPrinter.print(ContainerPlan.of(spec, placement, mounts, host)));
    }

    /** A container that runs on while the daemon is replaced by a newer one. */
    @Test
    void aLaunchOfBeforeRangesOfIdsIsRead(@TempDir Path folder) throws IOException {
        MountSpec bind = new MountSpec.Bind(Path.of("/data"), "/data", true);
        ContainerSpec spec = ContainerSpec.of(
                        "id",
                        new RootFilesystem(List.of(Path.of("/l1")), Path.of("/u"), Path.of("/w")),
                        new ProcessSpec(
                                List.of("sh"), List.of(), "/", ProcessSpec.User.ROOT, false, Capabilities.STANDARD))
                .mounts(List.of(bind))
                .hostname("box")
                .build();
        Placement placement = new Placement(
                "berth-x", Path.of("/run/id"), Path.of("/log"), false, List.of(), Optional.of(new byte[8]));
        ProcessFolder own = new ProcessFolder(folder.resolve("id"));
        own.create("id");
        own.writeLaunch(StoredLaunch.container(
                "boot", spec, placement, List.of(new PlannedMount(bind, true)), new HostFacts(6, 18, 40, 2, 1024)));
        Path file = folder.resolve("id/launch");
        String text = Files.readString(file);
        String old = text.replaceFirst(",\"mapped\":true", "")
                .replaceFirst(",\"users\":null", "")
                .replaceFirst(",\"seccomp\":null", "")
                .replaceFirst(",\"isolation\":null", "")
                .replaceFirst(",\"bounds\":null", "")
                .replaceFirst(",\"more\":null", "")
                .replaceFirst(",\"gate\":false", "");
        assertThat(old).isNotEqualTo(text).doesNotContain("mapped", "users", "isolation", "bounds", "more", "gate");
        Files.writeString(file, old);
        assertThat(own.launch().orElseThrow().container().orElseThrow().spec()).isEqualTo(spec.withMounts(List.of()));
    }

    @Test
    void capabilitiesAreKnownByNameAndNumber() {
        assertThat(Capabilities.STANDARD.numbers()).containsExactly(0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31);
        assertThat(Capabilities.name(21)).isEqualTo("CAP_SYS_ADMIN");
        assertThatThrownBy(() -> new Capabilities(Set.of("CAP_CHOWN"))).isInstanceOf(BerthException.class);
    }

    @Test
    void idsThatMeanAsItIsAreRefused() {
        assertThat(new ProcessSpec.User(4_294_967_294L, 0, List.of()).uid()).isPositive();
        assertThatThrownBy(() -> new ProcessSpec.User(4_294_967_295L, 0, List.of()))
                .isInstanceOf(BerthException.class);
        assertThatThrownBy(() -> new ProcessSpec.User(-1, 0, List.of())).isInstanceOf(BerthException.class);
        assertThatThrownBy(() -> new ProcessSpec.User(0, 4_294_967_295L, List.of()))
                .isInstanceOf(BerthException.class);
        assertThatThrownBy(() -> new ProcessSpec.User(0, 0, List.of(1L << 32))).isInstanceOf(BerthException.class);
    }

    @Test
    void aProgramMustBeThereAndFreeOfNul() {
        assertThatThrownBy(() -> process(List.of(), "A=b")).hasMessageContaining("no program");
        assertThatThrownBy(() -> process(List.of("sh", "a\0b"), "A=b")).hasMessageContaining("NUL");
        assertThatThrownBy(() -> process(List.of("sh"), "A=\0")).hasMessageContaining("NUL");
    }

    private static ProcessSpec process(List<String> arguments, String variable) {
        return new ProcessSpec(arguments, List.of(variable), "/", ProcessSpec.User.ROOT, false, Capabilities.STANDARD);
    }
}
