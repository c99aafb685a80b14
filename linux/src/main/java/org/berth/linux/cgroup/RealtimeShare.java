package org.berth.linux.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.SystemCallException;
import org.berth.linux.cgroup.GroupResources.Processor;

/**
 * Time for real-time scheduling on v1: a group gives those below it no more than it has itself, and a new one has none
 * (Documentation/scheduler/sched-rt-group.rst). So the group above gets as much as all below it ask for.
 */
final class RealtimeShare {
    private static final String RUNTIME = "cpu.rt_runtime_us";
    private static final String PERIOD = "cpu.rt_period_us";
    private static final long PERIOD_STANDARD = 1_000_000;

    private RealtimeShare() {}

    /**
     * Makes room for a group below the one above it.
     *
     * @param folder the group's, in the hierarchy of cpu
     * @throws BerthException UNSUPPORTED when the machine has not as much left
     */
    static void provide(Path folder, Processor wanted) {
        Path above = folder.resolveSibling("");
        long runtime = wanted.realtimeRuntime().orElse(0);
        if (runtime <= 0 || !Files.exists(above.resolve(RUNTIME))) {
            return;
        }
        long period = wanted.realtimePeriod().orElse(0);
        double all = share(runtime, period > 0 ? period : period(folder));
        for (Path other : below(above)) {
            all += other.equals(folder) ? 0 : share(runtime(other), period(other));
        }
        long needed = (long) Math.ceil(all * period(above));
        if (needed > runtime(above)) {
            raise(above, needed);
        }
    }

    private static void raise(Path above, long runtime) {
        try {
            CgroupFiles.write(above.resolve(RUNTIME), Long.toString(runtime));
        } catch (SystemCallException e) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED,
                    "cpu real-time runtime: the machine has not as much left to give (kernel.sched_rt_runtime_us and "
                            + "the other groups' share): " + e.getMessage(),
                    e);
        }
    }

    private static double share(long runtime, long period) {
        return (double) runtime / period;
    }

    private static long runtime(Path folder) {
        return CgroupFiles.readNumber(folder.resolve(RUNTIME), 0);
    }

    private static long period(Path folder) {
        return Math.max(1, CgroupFiles.readNumber(folder.resolve(PERIOD), PERIOD_STANDARD));
    }

    private static List<Path> below(Path folder) {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(Files::isDirectory).toList();
        } catch (IOException e) {
            return List.of(); // it has gone meanwhile: nothing is in it
        }
    }
}
