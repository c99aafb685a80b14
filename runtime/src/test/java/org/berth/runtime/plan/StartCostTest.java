package org.berth.runtime.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.berth.linux.launch.LaunchEncoder;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.user.UserRange;
import org.berth.runtime.Capabilities;
import org.berth.runtime.ContainerSpec;
import org.berth.runtime.ContainerSpec.RootFilesystem;
import org.berth.runtime.ProcessSpec;
import org.berth.runtime.ProcessSpec.User;
import org.junit.jupiter.api.Test;

/**
 * Goal: a start that comes to cost more is seen, whatever else the machine does meanwhile. Method: what
 * depends on no clock is counted: a program's records (nearly all of them system calls), its length, the
 * bytes allocated to make it. The bounds are a tenth above what was counted when they were set; whoever
 * has a reason raises them.
 */
class StartCostTest {
    private static final int RECORDS_MAX = 427;
    private static final int RECORDS_OWN_IDS_MAX = 440;
    private static final int RECORDS_EXEC_MAX = 212;
    private static final int BYTES_MAX = 38_000;
    private static final long ALLOCATED_MAX = 412_000;
    private static final int TRIES = 200;

    private static final HostFacts HOST = new HostFacts(6, 18, 40, 2, 524_288);
    private static final String ID = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    @Test
    void aContainersRecordsAndBytes() {
        LaunchProgram program = container(Optional.empty());
        assertThat(program.steps().size()).isLessThan(RECORDS_MAX);
        assertThat(LaunchEncoder.encode(program).length).isLessThan(BYTES_MAX);
    }

    @Test
    void idsOfItsOwnCostFewRecords() {
        LaunchProgram program = container(Optional.of(new UserRange(0x2345_0000L)));
        assertThat(program.steps().size()).isLessThan(RECORDS_OWN_IDS_MAX);
    }

    @Test
    void anExecsRecords() {
        LaunchProgram program = ExecPlan.of(process(), placement(), HOST);
        assertThat(program.steps().size()).isLessThan(RECORDS_EXEC_MAX);
    }

    @Test
    void whatPlanningAndEncodingAllocate() {
        assertThat(allocated(() -> LaunchEncoder.encode(container(Optional.empty()))))
                .isLessThan(ALLOCATED_MAX);
    }

    /** The least of many tries, once classes are loaded and call sites linked. */
    private static long allocated(Supplier<byte[]> work) {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < TRIES; i++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            assertThat(work.get()).isNotEmpty();
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }

    private static LaunchProgram container(Optional<UserRange> users) {
        RootFilesystem root = new RootFilesystem(
                List.of(Path.of("/store/layers", ID)), Path.of("/store", ID, "upper"), Path.of("/store", ID, "work"));
        ContainerSpec spec = ContainerSpec.of(ID, root, process())
                .hostname("box")
                .users(users)
                .build();
        return ContainerPlan.of(spec, placement(), List.of(), HOST);
    }

    private static ProcessSpec process() {
        return new ProcessSpec(
                List.of("true"), List.of("PATH=/usr/bin:/bin"), "/", User.ROOT, false, Capabilities.STANDARD);
    }

    /** With the hierarchies of a machine that has all of v1. */
    private static Placement placement() {
        List<Placement.Group> groups = new ArrayList<>();
        for (String name : List.of("pids", "blkio", "freezer", "devices", "memory", "cpuset", "cpuacct", "cpu")) {
            groups.add(new Placement.Group(Path.of("/sys/fs/cgroup", name, "berth-abc234", ID), name, false));
        }
        return new Placement(
                "berth-abc234",
                Path.of("/run/berth/containers", ID),
                Path.of("/store", ID, "log"),
                false,
                groups,
                Optional.of(new byte[4096]));
    }
}
