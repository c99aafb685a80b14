package org.berth.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.berth.linux.launch.EncodedProgram;
import org.berth.linux.launch.LaunchEncoder;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.user.UserRange;
import org.berth.runtime.ContainerSpec.MountSpec;
import org.berth.runtime.ContainerSpec.RootFilesystem;
import org.berth.runtime.plan.ContainerPlan;
import org.berth.runtime.plan.ExecPlan;
import org.berth.runtime.plan.HostFacts;
import org.berth.runtime.plan.Placement;
import org.berth.runtime.plan.PlannedMount;
import org.junit.jupiter.api.Test;

/**
 * Goal: a program that is taken from an earlier one is, byte for byte, what planning would have given. Method: many
 * starts of few kinds, with ids at random places of what they are planned from, each compared with its own plan.
 */
class KnownProgramsTest {
    private static final HostFacts HOST = new HostFacts(6, 18, 40, 2, 524_288);
    private static final int KINDS = 12;
    private static final int STARTS = 400;
    private static final String ONE = "c0ffee0123456789abcdef0123456789abcdef0123456789abcdef01234567aa";

    private final AtomicInteger planned = new AtomicInteger();

    @Test
    void containersAreWhatPlanningGives() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        KnownPrograms programs = new KnownPrograms(KINDS / 2);
        for (int i = 0; i < STARTS; i++) {
            int kind = random.nextInt(KINDS);
            Start start = start(kind, id(random));
            assertThat(start.program(programs).executable())
                    .as("start %d of kind %d, seed %d", i, kind, seed)
                    .isEqualTo(LaunchEncoder.encode(start.plan()));
        }
        assertThat(planned.get()).as("most were known").isBetween(1, STARTS * 3 / 4);
    }

    @Test
    void execsAreWhatPlanningGives() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        KnownPrograms programs = new KnownPrograms(KINDS);
        for (int i = 0; i < STARTS; i++) {
            int kind = random.nextInt(KINDS);
            String container = random.nextBoolean() ? ONE : id(random);
            String exec = id(random);
            // what it says is of its own container, of another, or of none
            String said = random.nextBoolean() ? container : ONE;
            ProcessSpec process = process(new SplittableRandom(kind), said);
            Placement placement = placement(new SplittableRandom(kind), container, "execs/" + exec);
            Optional<UserRange> users = users(kind);
            Supplier<LaunchProgram> plan = () -> ExecPlan.of(process, placement, HOST, users);
            EncodedProgram program = programs.of(
                    List.of(container, exec),
                    ExecInput.of(process, users, placement),
                    placement.seccomp(),
                    counted(plan));
            assertThat(program.executable())
                    .as("start %d of kind %d, seed %d", i, kind, seed)
                    .isEqualTo(LaunchEncoder.encode(plan.get()));
        }
        assertThat(planned.get()).as("most were known").isBetween(1, STARTS * 3 / 4);
    }

    /** One whose beginning comes again in it would be changed in more places than it stands in. */
    @Test
    void anIdThatStandsForMoreThanItselfIsPlanned() {
        KnownPrograms programs = new KnownPrograms(KINDS);
        for (String id : List.of("0".repeat(63) + "1", "0".repeat(62) + "10", "box-1", "box-2")) {
            Start start = start(3, id);
            assertThat(start.program(programs).executable()).isEqualTo(LaunchEncoder.encode(start.plan()));
        }
        assertThat(planned.get()).isEqualTo(4);
    }

    @Test
    void aChangedFilterIsAnotherProgram() {
        KnownPrograms programs = new KnownPrograms(KINDS);
        Start first = start(1, id(new SplittableRandom(1)));
        byte[] before = first.program(programs).executable();
        Start other = new Start(first.spec(), first.placement().withFilter(Optional.of(new byte[16])), first.mounts());
        assertThat(other.program(programs).executable()).isNotEqualTo(before);
    }

    private final class Start {
        private final ContainerSpec spec;
        private final Placement placement;
        private final List<PlannedMount> mounts;

        Start(ContainerSpec spec, Placement placement, List<PlannedMount> mounts) {
            this.spec = spec;
            this.placement = placement;
            this.mounts = mounts;
        }

        ContainerSpec spec() {
            return spec;
        }

        Placement placement() {
            return placement;
        }

        List<PlannedMount> mounts() {
            return mounts;
        }

        LaunchProgram plan() {
            return ContainerPlan.of(spec, placement, mounts, HOST);
        }

        EncodedProgram program(KnownPrograms programs) {
            String record = ProcessFolder.text(StoredLaunch.container("boot", spec, placement, mounts, HOST));
            return programs.of(List.of(spec.id()), record, placement.seccomp(), counted(this::plan));
        }
    }

    private Supplier<LaunchProgram> counted(Supplier<LaunchProgram> plan) {
        return () -> {
            planned.incrementAndGet();
            return plan.get();
        };
    }

    private Start start(int kind, String id) {
        SplittableRandom random = new SplittableRandom(kind);
        List<PlannedMount> mounts = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            String source = "/run/" + text(random, id);
            mounts.add(new PlannedMount(new MountSpec.Bind(Path.of(source), "/m/" + i, random.nextBoolean()), true));
        }
        ContainerSpec spec = ContainerSpec.of(
                        id,
                        new RootFilesystem(
                                List.of(Path.of("/store/layers/a")),
                                Path.of("/store", id, "upper"),
                                Path.of("/store", id, "work")),
                        process(random, id))
                .mounts(mounts.stream().map(PlannedMount::mount).toList())
                .hostname(random.nextBoolean() ? id.substring(0, Math.min(12, id.length())) : "box")
                .users(users(kind))
                .readOnlyRoot(random.nextBoolean())
                .init(random.nextBoolean())
                .build();
        return new Start(spec, placement(random, id, ""), mounts);
    }

    private static Optional<UserRange> users(int kind) {
        return kind % 2 == 0 ? Optional.empty() : Optional.of(new UserRange(0x2345_0000L));
    }

    private static ProcessSpec process(SplittableRandom random, String id) {
        List<String> environment =
                List.of("PATH=/usr/bin:/bin", "A=" + text(random, id), "B=\"\\\n" + text(random, id));
        return new ProcessSpec(
                List.of("true", text(random, id)),
                environment,
                "/",
                ProcessSpec.User.ROOT,
                random.nextInt(4) == 0,
                Capabilities.STANDARD);
    }

    private static String text(SplittableRandom random, String id) {
        return switch (random.nextInt(4)) {
            case 0 -> id;
            case 1 -> "x" + id + id + "y";
            case 2 -> id.substring(0, Math.min(12, id.length())) + "." + random.nextInt(9);
            default -> "plain" + random.nextInt(9);
        };
    }

    private static Placement placement(SplittableRandom random, String id, String below) {
        List<Placement.Group> groups = new ArrayList<>();
        for (String name : List.of("pids", "memory", "cpu")) {
            groups.add(new Placement.Group(Path.of("/sys/fs/cgroup", name, "berth-abc234", id), name, false));
        }
        Placement placement = new Placement(
                "berth-abc234",
                Path.of("/run/berth/containers", id, below),
                Path.of("/store", id, "log"),
                random.nextBoolean(),
                groups,
                Optional.of(new byte[64]));
        return random.nextBoolean() ? placement.gated() : placement;
    }

    private static String id(SplittableRandom random) {
        StringBuilder id = new StringBuilder();
        while (id.length() < 64) {
            id.append(Character.forDigit(random.nextInt(16), 16));
        }
        return id.toString();
    }
}
