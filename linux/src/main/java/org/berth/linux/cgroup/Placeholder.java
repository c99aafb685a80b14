package org.berth.linux.cgroup;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import org.berth.linux.Descriptor;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Launch;
import org.berth.linux.launch.LaunchBuilder;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.launch.Launcher;
import org.berth.linux.launch.Operand;

/** A process of a few kilobytes that only waits: for the end of a pipe that we hold, also when we die. */
final class Placeholder implements AutoCloseable {
    private static final int O_CLOEXEC = 0x80000;
    private static final int P_PID = 1;
    private static final int WEXITED = 4;
    private static final int SIGNAL_INFORMATION_BYTES = 128;

    private final Launch launch;
    private final Descriptor life;

    private Placeholder(Launch launch, Descriptor life) {
        this.launch = launch;
        this.life = life;
    }

    /** @param work takes the executable for a moment where memory files can't be executed */
    static Placeholder start(Path work) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ends = arena.allocate(ValueLayout.JAVA_INT, 2);
            SystemCalls.call("make a pipe", SystemCallNumber.PIPE2, ends.address(), O_CLOEXEC);
            Descriptor life = new Descriptor(ends.getAtIndex(ValueLayout.JAVA_INT, 1));
            try (Descriptor end = new Descriptor(ends.getAtIndex(ValueLayout.JAVA_INT, 0))) {
                return new Placeholder(new Launcher(work).start(program(), List.of("berth-scope"), List.of(end)), life);
            } catch (RuntimeException e) {
                life.close();
                throw e;
            }
        }
    }

    private static LaunchProgram program() {
        LaunchBuilder builder = LaunchProgram.builder();
        builder.call(
                "wait for the container",
                Call.READ,
                Operand.number(Launcher.FIRST_PASSED_DESCRIPTOR),
                Operand.address(builder.space("byte", 1)),
                Operand.number(1));
        builder.place(builder.failure());
        builder.call("end", Call.EXIT_GROUP, Operand.number(0));
        return builder.build();
    }

    long pid() {
        return launch.pid();
    }

    /** Ends it, and waits until it has. */
    @Override
    public void close() {
        life.close();
        try (Arena arena = Arena.ofConfined()) {
            SystemCalls.attempt(
                    SystemCallNumber.WAITID,
                    P_PID,
                    launch.pid(),
                    arena.allocate(SIGNAL_INFORMATION_BYTES, 8).address(),
                    WEXITED,
                    0);
        }
        launch.close();
    }
}
