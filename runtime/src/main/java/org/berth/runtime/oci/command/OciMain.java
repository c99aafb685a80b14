package org.berth.runtime.oci.command;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.OwnUserNamespace;
import org.berth.linux.SystemCallException;
import org.berth.runtime.oci.lifecycle.Containers;
import org.berth.runtime.oci.lifecycle.Environment;
import org.berth.runtime.oci.lifecycle.GroupManager;
import org.berth.runtime.oci.lifecycle.StateStore;

/** {@code berth oci}: an OCI runtime with runc's command line. */
public final class OciMain {
    private static final int FAILED = 1;

    /** runc's for an exec that could not be made: the process's own code may be 1. */
    private static final int EXEC_FAILED = 255;

    private static final Path STANDARD_ROOT = Path.of("/run/berth-oci");

    private static final List<Option> OPTIONS = List.of(
            Option.value("root"),
            Option.value("log"),
            Option.value("log-format"),
            Option.value("rootless"),
            Option.value("cgroup-manager"),
            Option.value("criu"),
            Option.flag("debug"),
            Option.flag("systemd-cgroup"),
            Option.flag("help,h"),
            Option.flag("version,v"),
            new Option("version", 'V', false));

    private OciMain() {}

    public static void main(String[] arguments) {
        int code = run(Arrays.asList(arguments), System.getenv());
        System.out.flush();
        System.err.flush();
        // nothing is left to be done, and threads that relay a terminal have no end of their own
        Runtime.getRuntime().halt(code);
    }

    /** Runs a command. @return what the process ends with */
    static int run(List<String> arguments, Map<String, String> environment) {
        Journal journal = new Journal(Optional.empty(), false, false, Clock.systemUTC());
        try {
            if (arguments.equals(List.of("--warm-up"))) {
                return WarmUp.run();
            }
            Words words = Words.read("berth oci", OPTIONS, arguments, false);
            journal = journal(words);
            return run(words, environment, journal);
        } catch (BerthException | SystemCallException e) {
            journal.error(String.valueOf(e.getMessage()));
        } catch (UncheckedIOException e) {
            journal.error(
                    e.getCause() instanceof NoSuchFileException
                            ? String.valueOf(e.getMessage()).replaceFirst("([^:]*).*", "$1: no such file or directory")
                            : String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            journal.error(e.toString());
            if (environment.get("BERTH_DEBUG") != null) {
                e.printStackTrace();
            }
        }
        return arguments.contains("exec") ? EXEC_FAILED : FAILED;
    }

    private static Journal journal(Words words) {
        boolean json = switch (words.value("log-format").orElse("text")) {
            case "json" -> true;
            case "text" -> false;
            default ->
                throw new BerthException(
                        ErrorCode.INVALID,
                        "--log-format: expected text or json, found \""
                                + words.value("log-format").orElse("") + "\"");
        };
        Optional<Path> file = words.value("log")
                .filter(name -> !name.isEmpty() && !name.equals("/dev/stderr"))
                .map(OciMain::file);
        file.ifPresent(OciMain::checkWritable);
        return new Journal(file, json, words.has("debug"), Clock.systemUTC());
    }

    private static void checkWritable(Path file) {
        Path folder = file.toAbsolutePath().resolveSibling(".");
        if (!Files.isDirectory(folder)) {
            throw new BerthException(ErrorCode.NOT_FOUND, "--log: " + file + ": no such file or directory");
        }
    }

    /** crun's way of saying where the log goes has a kind before the name. */
    private static Path file(String name) {
        return Path.of(name.startsWith("file:") ? name.substring("file:".length()) : name);
    }

    private static int run(Words words, Map<String, String> environment, Journal journal) {
        if (words.has("version")) {
            return Help.version();
        }
        if (words.has("help") || words.rest().isEmpty()) {
            return Help.print();
        }
        StateStore store = new StateStore(words.value("root").map(Path::of).orElseGet(() -> root(environment)));
        Containers containers = new Containers(Environment.of(store, journal::warn));
        List<String> rest = words.rest();
        Commands commands = new Commands(containers, manager(words), rest.getFirst(), journal);
        return commands.run(rest.subList(1, rest.size()));
    }

    private static GroupManager manager(Words words) {
        if (words.has("systemd-cgroup")) {
            return GroupManager.SYSTEMD;
        }
        String name = words.value("cgroup-manager").orElse("cgroupfs");
        return switch (name) {
            case "cgroupfs" -> GroupManager.FOLDERS;
            case "systemd" -> GroupManager.SYSTEMD;
            case "disabled" -> GroupManager.DISABLED;
            default ->
                throw new BerthException(
                        ErrorCode.INVALID,
                        "--cgroup-manager: expected cgroupfs, systemd or disabled, found \"" + name + "\"");
        };
    }

    /** An ordinary user's containers are below the folder that is the user's alone (XDG base directories). */
    private static Path root(Map<String, String> environment) {
        String runtimeFolder = environment.getOrDefault("XDG_RUNTIME_DIR", "");
        boolean ordinary = !"root".equals(System.getProperty("user.name")) || !OwnUserNamespace.isMachines();
        return ordinary && !runtimeFolder.isEmpty() ? Path.of(runtimeFolder, "berth-oci") : STANDARD_ROOT;
    }
}
