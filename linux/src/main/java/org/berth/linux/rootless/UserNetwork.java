package org.berth.linux.rootless;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.berth.linux.Descriptor;
import org.berth.linux.Pipe;
import org.berth.linux.SystemCallException;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.Launch;
import org.berth.linux.launch.LaunchBuilder;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.launch.Launcher;
import org.berth.linux.launch.Operand;

/**
 * The way of an ordinary user's network namespace to the world: slirp4netns(1), a program of the machine's that passes
 * packets on as a user's own connections. It ends with a pipe, whose other end the keeper of the namespaces holds.
 */
final class UserNetwork {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int LIFE = Launcher.FIRST_PASSED_DESCRIPTOR;
    private static final int READY = LIFE + 1;
    private static final int LOG_MAX = 2000;
    private static final Operand NONE = Operand.number(0);
    private static final Operand HERE = Operand.named("AT_FDCWD", -100);

    /** Of the network that it makes; the address that published ports lead to (slirp4netns(1)). */
    static final String ADDRESS = "10.0.2.100";

    /** Where it answers DNS. */
    static final String RESOLVER = "10.0.2.3";

    private UserNetwork() {}

    /** The program that gives a network, when it is installed. */
    static Optional<Path> installed(String path) {
        return IdHelpers.find("slirp4netns", path);
    }

    /**
     * Starts it for a keeper's namespace, and waits until it serves.
     *
     * @param life it ends when the other end is closed
     * @param run takes its socket and its log
     * @return why it does not serve, in words; empty when it does
     */
    static Optional<String> start(Launcher launcher, Path program, KnownProcess keeper, Descriptor life, Path run) {
        Path log = run.resolve("slirp4netns.log");
        try (Pipe ready = Pipe.open("make a pipe");
                Launch launch = launcher.start(
                        program(program, keeper, run, log), List.of("slirp4netns"), List.of(life, ready.write()))) {
            ready.write().close();
            if (ready.awaitByte(TIMEOUT)) {
                return Optional.empty();
            }
            if (launch.await(TIMEOUT) instanceof Launch.Result.Failed failed) {
                return Optional.of(failed.message());
            }
        } catch (SystemCallException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
        return Optional.of(program + " does not serve: " + said(log));
    }

    /** Where it takes requests for published ports. */
    static Path socket(Path run) {
        return run.resolve("slirp4netns.sock");
    }

    private static LaunchProgram program(Path file, KnownProcess keeper, Path run, Path log) {
        LaunchBuilder program = LaunchProgram.builder();
        Operand all = Operand.named("~0", 0xffff_ffffL);
        Operand status = Operand.number(Launcher.STATUS_DESCRIPTOR);
        program.call("close the starter's descriptors", Call.CLOSE_RANGE, Operand.number(READY + 1), all, NONE);
        program.call(
                "keep the status pipe",
                Call.FCNTL,
                status,
                Operand.named("F_SETFD", 2),
                Operand.named("FD_CLOEXEC", 1));
        Datum opened = program.slot("log");
        Operand flags = Operand.named("O_RDWR|O_CREAT|O_TRUNC|O_CLOEXEC", 0x80242);
        program.call("open " + log, Call.OPENAT, HERE, program.text(log.toString()), flags, Operand.named("0600", 0600))
                .into(opened);
        for (int stream = 0; stream <= 2; stream++) {
            program.call("write to " + log, Call.DUP3, Operand.value(opened), Operand.number(stream), NONE);
        }
        Operand none = Operand.address(program.structure("no signal", new Datum.LongWord(0)));
        program.call(
                "take every signal",
                Call.RT_SIGPROCMASK,
                Operand.named("SIG_SETMASK", 2),
                none,
                NONE,
                Operand.number(Long.BYTES));
        program.call("leave the starter's folder", Call.CHDIR, program.text("/"));
        List<String> command = command(keeper, socket(run));
        program.call(
                "execute " + file,
                Call.EXECVE,
                program.text(file.toString()),
                Operand.address(program.textList("arguments", command)),
                Operand.address(program.textList("environment", List.of())));
        program.place(program.failure());
        program.call("report the failed step", Call.WRITE, status, Operand.address(program.status()), Operand.number(8))
                .ignoreNegative();
        program.call("end", Call.EXIT_GROUP, Operand.number(1));
        return program.build();
    }

    /** The host's loopback is not reached through it: what listens there counts on being alone. */
    static List<String> command(KnownProcess keeper, Path socket) {
        return List.of(
                "slirp4netns",
                "--configure",
                "--mtu=65520",
                "--disable-host-loopback",
                "--enable-seccomp",
                "--exit-fd=" + LIFE,
                "--ready-fd=" + READY,
                "--api-socket=" + socket,
                Long.toString(keeper.pid()),
                "tap0");
    }

    private static String said(Path log) {
        try {
            String text = Files.readString(log).strip();
            return text.isEmpty()
                    ? "it says nothing"
                    : text.substring(Math.max(0, text.length() - LOG_MAX)).replace('\n', ' ');
        } catch (IOException e) {
            return "it says nothing";
        }
    }
}
