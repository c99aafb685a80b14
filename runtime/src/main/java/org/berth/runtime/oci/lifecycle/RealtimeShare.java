package org.berth.runtime.oci.lifecycle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.cgroup.ContainerGroup;
import org.berth.runtime.oci.config.OciConfig;
import org.berth.runtime.oci.config.OciProcess.Policy;
import org.berth.runtime.oci.config.OciProcess.Scheduler;
import org.berth.runtime.oci.config.Resources;

/**
 * Where groups of v1 have shares of real time (CONFIG_RT_GROUP_SCHED), a new one has none, and the kernel
 * refuses SCHED_FIFO and SCHED_RR in it. A process that asks for one of these gets a share, unless the
 * configuration names one.
 */
final class RealtimeShare {
    private static final String RUNTIME = "cpu.rt_runtime_us";
    private static final String PERIOD = "cpu.rt_period_us";

    /** A twentieth of the period: the host keeps most for itself. */
    private static final long PART = 20;

    private RealtimeShare() {}

    static void give(OciConfig config, Optional<ContainerGroup> group) {
        Optional<Policy> policy = config.process()
                .flatMap(process -> process.scheduler())
                .map(Scheduler::policy)
                .filter(one -> one == Policy.SCHED_FIFO || one == Policy.SCHED_RR);
        boolean named = config.linux()
                .resources()
                .cpu()
                .flatMap(Resources.Cpu::realtimeRuntime)
                .isPresent();
        if (policy.isEmpty() || named) {
            return;
        }
        group.stream()
                .flatMap(one -> one.folders().stream())
                .filter(folder -> Files.exists(folder.resolve(RUNTIME)))
                .forEach(folder -> give(policy.get(), folder));
    }

    private static void give(Policy policy, Path folder) {
        try {
            if (Files.readString(folder.resolve(RUNTIME)).strip().equals("0")) {
                long period =
                        Long.parseLong(Files.readString(folder.resolve(PERIOD)).strip());
                Files.writeString(folder.resolve(RUNTIME), Long.toString(period / PART));
            }
        } catch (IOException | NumberFormatException e) {
            throw new BerthException(
                    ErrorCode.KERNEL,
                    "process.scheduler: " + policy + " needs a share of real time, and " + folder
                            + " could be given none: give its parent one, or name linux.resources.cpu.realtimeRuntime",
                    e);
        }
    }
}
