package org.berth.linux.rootless;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Descriptor;
import org.berth.linux.Pipe;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.linux.launch.Launch;
import org.berth.linux.launch.Launcher;

/**
 * Makes the tiny process that keeps an ordinary user's namespaces from one daemon to the next: containers and what serves
 * their network go on in them meanwhile. The namespaces go with the last process in them.
 */
final class Keeper {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int SIGKILL = 9;

    private Keeper() {}

    /** Makes the namespaces. @param life stays open as long as it lives */
    static KnownProcess start(
            Launcher launcher, String name, UserMaps maps, Optional<Path> resolvers, Descriptor life) {
        try (Pipe mapped = Pipe.open("make a pipe");
                Launch launch = launcher.start(
                        KeeperProgram.of(name, resolvers), List.of(name), List.of(mapped.read(), life))) {
            try {
                check(launch);
                maps.write(launch.pid());
                if (!mapped.writeByte(1)) {
                    throw ended();
                }
                check(launch);
                return KnownProcess.of(launch.pid()).orElseThrow(Keeper::ended);
            } catch (RuntimeException e) {
                SystemCalls.attempt(SystemCallNumber.KILL, launch.pid(), SIGKILL);
                throw e;
            }
        }
    }

    private static void check(Launch launch) {
        switch (launch.await(TIMEOUT)) {
            case Launch.Result.Started started -> {}
            case Launch.Result.Failed failed ->
                throw new SystemCallException(failed.step().label(), failed.errno());
            case Launch.Result.Ended ended -> throw ended();
            case Launch.Result.TimedOut timedOut ->
                throw new BerthException(
                        ErrorCode.TIMEOUT, "make namespaces: not done within " + TIMEOUT.toSeconds() + " s");
        }
    }

    private static BerthException ended() {
        return new BerthException(ErrorCode.INTERNAL, "make namespaces: the process that keeps them was killed");
    }
}
