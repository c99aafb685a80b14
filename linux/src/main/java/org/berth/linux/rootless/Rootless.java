package org.berth.linux.rootless;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.berth.base.AtomicFiles;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.linux.launch.Launcher;

/**
 * How a program that an ordinary user starts comes to be root of its own namespaces: one of users, one of mounts, one of
 * the network. They are kept by a {@link Keeper} for the user's next daemon.
 */
public final class Rootless {
    private static final String RECORD = "keeper";
    private static final String LOCK = "keeper.lock";
    private static final String RESOLVERS = "resolv.conf";
    private static final String NAME = "berth-%s-k";

    private Rootless() {}

    /** Whether this process has an ordinary user's id. */
    public static boolean isOrdinary() {
        return id(SystemCallNumber.GETEUID) != 0;
    }

    /**
     * Becomes this same program again, as root of the user's own namespaces, which are made when they are not there yet.
     *
     * @param environment of this process
     * @param warn is told what is not possible
     * @throws BerthException when it can't
     */
    public static void enter(Instance instance, Map<String, String> environment, Consumer<String> warn) {
        Keeper keeper = locked(instance, () -> kept(instance).orElseGet(() -> make(instance, environment, warn)));
        Map<String, String> variables = new TreeMap<>(environment);
        variables.put("BERTH_ROOT", instance.root().toString());
        variables.put("BERTH_RUN", instance.run().toString());
        List<String> command = arguments();
        Entering.Command again = new Entering.Command(
                keeper.pid(),
                link("/proc/self/exe"),
                command,
                variables,
                Path.of("").toAbsolutePath().toString());
        Launcher.become(Entering.of(again), instance.run());
    }

    private static Keeper make(Instance instance, Map<String, String> environment, Consumer<String> warn) {
        String path = environment.getOrDefault("PATH", "/usr/bin:/bin");
        String user = System.getProperty("user.name", "");
        UserMaps maps = UserMaps.read(
                id(SystemCallNumber.GETEUID),
                id(SystemCallNumber.GETEGID),
                Optional.of(user).filter(name -> !name.isEmpty() && !name.equals("?")),
                path);
        maps.lacks()
                .ifPresent(why -> warn.accept("containers have one user id and one group only, root: " + why
                        + "; most images need more (docs/rootless.md)"));
        Optional<Path> network = UserNetwork.installed(path);
        try (Pipe life = Pipe.make();
                Launcher launcher = new Launcher(instance.run())) {
            Optional<Path> resolvers = network.map(any -> writeResolvers(instance));
            Keeper keeper = Keeper.start(launcher, NAME.formatted(instance.tag()), maps, resolvers, life.write());
            write(instance.run().resolve(RECORD), keeper.pid() + " " + keeper.started() + "\n");
            Optional<String> trouble = network.map(
                            program -> UserNetwork.start(launcher, program, keeper, life.read(), instance.run()))
                    .orElse(Optional.of("slirp4netns is not installed (Debian's package slirp4netns has it)"));
            trouble.ifPresent(why -> warn.accept("containers reach nothing outside, and no port of theirs is reached: "
                    + why + " (docs/rootless.md)"));
            return keeper;
        } catch (SystemCallException e) {
            throw refused(e);
        }
    }

    private static BerthException refused(SystemCallException e) {
        String hint = e.errno() == Errno.EPERM || e.errno() == Errno.ENOSPC || e.errno() == Errno.EACCES
                ? "; are user namespaces allowed to users (sysctl user.max_user_namespaces,"
                        + " kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns)?"
                : "";
        return new BerthException(ErrorCode.UNAVAILABLE, e.getMessage() + hint, e);
    }

    /** Its own resolvers are out of the namespace's reach where they listen on loopback. */
    private static Path writeResolvers(Instance instance) {
        StringBuilder text = new StringBuilder("nameserver " + UserNetwork.RESOLVER + "\n");
        try (Stream<String> lines = Files.lines(Path.of("/etc/resolv.conf"))) {
            lines.filter(line -> line.startsWith("search ") || line.startsWith("options "))
                    .forEach(line -> text.append(line).append('\n'));
        } catch (IOException | UncheckedIOException e) {
            // none to take over
        }
        Path file = instance.run().resolve(RESOLVERS);
        write(file, text.toString());
        return file;
    }

    /** The one that keeps the instance's namespaces, if it lives. */
    private static Optional<Keeper> kept(Instance instance) {
        try {
            String[] words =
                    Files.readString(instance.run().resolve(RECORD)).strip().split(" ", -1);
            return words.length == 2 && Arrays.stream(words).allMatch(word -> word.matches("[0-9]{1,18}"))
                    ? Optional.of(new Keeper(Long.parseLong(words[0]), Long.parseLong(words[1])))
                            .filter(Keeper::lives)
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /**
     * Lets go of the namespaces when nobody but this process is in them; where this is the machine's root there is
     * nothing to let go of.
     */
    public static void leave(Instance instance) {
        kept(instance).filter(keeper -> isLast(keeper.pid())).ifPresent(keeper -> {
            keeper.end();
            for (String name : List.of(RECORD, RESOLVERS, "slirp4netns.sock")) {
                try {
                    Files.deleteIfExists(instance.run().resolve(name));
                } catch (IOException e) {
                    // what is left is written anew
                }
            }
        });
    }

    /** The socket of slirp4netns(1) that takes requests for ports, there when it serves this instance. */
    public static Path portsSocket(Instance instance) {
        return UserNetwork.socket(instance.run());
    }

    private static boolean isLast(long keeper) {
        Optional<String> own = users("self");
        long here = ProcessHandle.current().pid();
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            return own.isPresent()
                    && processes
                            .map(folder -> String.valueOf(folder.getFileName()))
                            .filter(name -> name.matches("[1-9][0-9]{0,9}"))
                            .filter(name -> Long.parseLong(name) != here && Long.parseLong(name) != keeper)
                            .noneMatch(name -> users(name).equals(own));
        } catch (IOException e) {
            return false;
        }
    }

    private static Optional<String> users(String process) {
        try {
            return Optional.of(
                    Files.readSymbolicLink(Path.of("/proc", process, "ns/user")).toString());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    @FunctionalInterface
    private interface Work {
        Keeper run();
    }

    /** Two that are started at once make one set of namespaces. */
    private static Keeper locked(Instance instance, Work work) {
        Path file = instance.run().resolve(LOCK);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            if (!lock.isValid()) {
                throw new BerthException(ErrorCode.UNAVAILABLE, "lock " + file + ": it was let go of");
            }
            return work.run();
        } catch (IOException e) {
            throw new UncheckedIOException("lock " + file + ": " + e.getMessage(), e);
        }
    }

    private static List<String> arguments() {
        try {
            String all = new String(Files.readAllBytes(Path.of("/proc/self/cmdline")), StandardCharsets.UTF_8);
            return Arrays.stream(all.substring(0, Math.max(0, all.length() - 1)).split("\0", -1))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("read /proc/self/cmdline: " + e.getMessage(), e);
        }
    }

    private static String link(String file) {
        try {
            return Files.readSymbolicLink(Path.of(file)).toString();
        } catch (IOException e) {
            throw new UncheckedIOException("read " + file + ": " + e.getMessage(), e);
        }
    }

    private static void write(Path file, String text) {
        AtomicFiles.write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    private static long id(int call) {
        return SystemCalls.call("ask for our id", call);
    }
}
