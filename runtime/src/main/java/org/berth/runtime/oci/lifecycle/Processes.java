package org.berth.runtime.oci.lifecycle;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.berth.linux.Descriptor;

/** What /proc tells of processes, without a system call of our own. */
final class Processes {
    /** state is field 3 of proc_pid_stat(5), start time field 22; both counted after the name. */
    private static final int STATE = 0;

    private static final int START_TIME = 19;
    private static final int LINE_MAX = 64;

    private Processes() {}

    /** Changes with every start of the kernel. */
    static String bootId() {
        // in one read(2): files of /proc/sys answer an offset that is not 0 with an end of file
        try (InputStream in = Files.newInputStream(Path.of("/proc/sys/kernel/random/boot_id"))) {
            return new String(in.readNBytes(LINE_MAX), StandardCharsets.US_ASCII).trim();
        } catch (IOException e) {
            return "";
        }
    }

    /** Its start time in clock ticks since boot; "" when there is none, or it has ended and is not reaped yet. */
    static String startTime(long pid) {
        String stat;
        try {
            stat = new String(Files.readAllBytes(Path.of("/proc/" + pid + "/stat")), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
        String[] fields = stat.substring(stat.lastIndexOf(')') + 1).trim().split(" ", -1);
        boolean ended = fields.length <= START_TIME || fields[STATE].equals("Z") || fields[STATE].equals("X");
        return ended ? "" : fields[START_TIME];
    }

    /**
     * The container's first process, to be signalled: held before it is looked at, since its number may become
     * another's between the two.
     *
     * @return empty when it has ended; the caller closes it
     */
    static Optional<Descriptor> open(ContainerState state) {
        return Kernel.process(state.pid()).filter(process -> {
            boolean alive = alive(state);
            if (!alive) {
                process.close();
            }
            return alive;
        });
    }

    /** Whether the container's first process is there: that one and not another that got its number. */
    static boolean alive(ContainerState state) {
        return state.pid() > 0
                && state.bootId().equals(bootId())
                && !state.startTime().isEmpty()
                && startTime(state.pid()).equals(state.startTime());
    }
}
