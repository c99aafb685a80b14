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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.berth.base.AtomicFiles;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.linux.Errno;
import org.berth.linux.Pipe;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.linux.launch.Launcher;

/**
 * How a program that an ordinary user starts comes to be root of its own namespaces: one of users, one of mounts, one of
 * the network. They are kept by a process ({@link Keeper}) for the user's next daemon.
 */
public final class Rootless {
    private static final String RECORD = "keeper";
    private static final String PASTA = "pasta";
    private static final String NO_WAY = "containers reach nothing outside, and no port of theirs is reached: ";
    private static final String PAGE = " (docs/rootless.md)";
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
        KnownProcess keeper = locked(instance, () -> kept(instance).orElseGet(() -> make(instance, environment, warn)));
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

    private static KnownProcess make(Instance instance, Map<String, String> environment, Consumer<String> warn) {
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
        forget(instance);
        Optional<Path> slirp = UserNetwork.installed(path);
        Optional<Path> pasta = slirp.isPresent() ? Optional.empty() : PastaNetwork.installed(path);
        try (Pipe life = Pipe.open("make a pipe");
                Launcher launcher = new Launcher(instance.run())) {
            Optional<Path> resolvers = slirp.map(any -> UserNetwork.RESOLVER)
                    .or(() -> pasta.map(any -> PastaNetwork.RESOLVER))
                    .map(resolver -> writeResolvers(instance, resolver));
            KnownProcess keeper = Keeper.start(launcher, NAME.formatted(instance.tag()), maps, resolvers, life.write());
            write(instance.run().resolve(RECORD), keeper.line() + "\n");
            if (slirp.isPresent()) {
                UserNetwork.start(launcher, slirp.get(), keeper, life.read(), instance.run())
                        .ifPresent(why -> warn.accept(NO_WAY + why + PAGE));
            } else if (pasta.isPresent()) {
                startPasta(instance, pasta.get(), keeper, warn);
            } else {
                warn.accept(NO_WAY + "neither slirp4netns nor pasta is installed" + PAGE);
            }
            return keeper;
        } catch (SystemCallException e) {
            throw refused(e);
        }
    }

    private static void startPasta(Instance instance, Path program, KnownProcess keeper, Consumer<String> warn) {
        try {
            KnownProcess pasta = PastaNetwork.start(program, keeper, instance.run());
            try {
                write(instance.run().resolve(PASTA), pasta.line() + "\n");
            } catch (RuntimeException e) {
                pasta.end();
                throw e;
            }
            warn.accept("no port of a container can be published: that takes slirp4netns, pasta leads none" + PAGE);
        } catch (BerthException e) {
            warn.accept(NO_WAY + e.getMessage() + PAGE);
        }
    }

    /** Nothing of namespaces that are no more, or are to be none: the process that does not end by itself, and files. */
    private static void forget(Instance instance) {
        Path run = instance.run();
        known(instance, PASTA).or(() -> PastaNetwork.unrecorded(run)).ifPresent(KnownProcess::end);
        for (Path file : List.of(
                run.resolve(RECORD),
                run.resolve(PASTA),
                run.resolve(RESOLVERS),
                UserNetwork.socket(run),
                PastaNetwork.id(run))) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                // what is left is written anew
            }
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
    private static Path writeResolvers(Instance instance, String resolver) {
        StringBuilder text = new StringBuilder("nameserver " + resolver + "\n");
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
    private static Optional<KnownProcess> kept(Instance instance) {
        return known(instance, RECORD);
    }

    private static Optional<KnownProcess> known(Instance instance, String record) {
        try {
            return KnownProcess.living(
                    Files.readString(instance.run().resolve(record)).strip());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /**
     * Lets go of the namespaces when nobody but this process is in them; where this is the machine's root there is
     * nothing to let go of.
     */
    public static void leave(Instance instance) {
        if (kept(instance).isEmpty()) {
            return;
        }
        // the next daemon finds them, or makes its own; and what is killed in between leaves a record of what is no
        // more
        locked(instance, () -> {
            Optional<KnownProcess> keeper = kept(instance).filter(found -> isLast(instance, found));
            keeper.ifPresent(KnownProcess::end);
            keeper.ifPresent(gone -> forget(instance));
            return keeper;
        });
    }

    /** Whether something leads containers of this instance to the world. */
    public static boolean hasWayOut(Instance instance) {
        return Files.exists(portsSocket(instance)) || known(instance, PASTA).isPresent();
    }

    /** The socket of slirp4netns(1) that takes requests for ports, there when it serves this instance. */
    public static Path portsSocket(Instance instance) {
        return UserNetwork.socket(instance.run());
    }

    /** Whether nobody is in the namespaces but this process and those that serve it. */
    private static boolean isLast(Instance instance, KnownProcess keeper) {
        Optional<String> own = users("self");
        Set<Long> serving = new HashSet<>(Set.of(ProcessHandle.current().pid(), keeper.pid()));
        known(instance, PASTA).ifPresent(pasta -> serving.add(pasta.pid()));
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            return own.isPresent()
                    && processes
                            .map(folder -> String.valueOf(folder.getFileName()))
                            .filter(name -> name.matches("[1-9][0-9]{0,9}"))
                            .filter(name -> !serving.contains(Long.parseLong(name)))
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

    /** Two that are started at once make one set of namespaces. */
    private static <T> T locked(Instance instance, Supplier<T> work) {
        Path file = instance.run().resolve(LOCK);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            if (!lock.isValid()) {
                throw new BerthException(ErrorCode.UNAVAILABLE, "lock " + file + ": it was let go of");
            }
            return work.get();
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
