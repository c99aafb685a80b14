package org.berth.vm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * {@code ./berth test --vm [CLASS...] [--seconds N]}: runs kernel tests in a virtual machine that has control
 * groups v2 alone. Needs qemu-system-x86 and apt; all it makes is in a folder that goes when it ends.
 *
 * <p>Exit code 0: all went well; 1: some did not, or it did not end in time; 2: a wrong argument.
 */
public final class Main {
    private static final int SECONDS_STANDARD = 1800;
    private static final List<String> MODULES =
            List.of("base", "testing", "linux", "runtime", "image", "network", "engine", "vm");

    /**
     * What this kind of machine can't show: v2, and an older kernel. Those of ids of their own are skipped by name while
     * Debian's kernel is one without id-mapped layers (before 6.15); what containers have then is tried instead.
     */
    private static final List<String> STANDARD = List.of(
            "CgroupsTest",
            "GroupResourcesKernelTest",
            "InRootTest",
            "SeccompKernelTest",
            "LaunchKernelTest",
            "IsolationKernelTest",
            "EscapeKernelTest",
            "RaceKernelTest",
            "FailureKernelTest",
            "RuntimeContractKernelTest",
            "UserNamespaceKernelTest",
            "WayBackKernelTest",
            "JailKernelTest");

    private Main() {}

    /** @param arguments the project's folder, the class path of libraries, then the command's own */
    public static void main(String[] arguments) throws InterruptedException {
        Path home = Path.of(arguments[0]);
        List<String> names = new ArrayList<>();
        int seconds = SECONDS_STANDARD;
        for (int i = 2; i < arguments.length; i++) {
            if (arguments[i].equals("--seconds")
                    && i + 1 < arguments.length
                    && arguments[i + 1].matches("[1-9][0-9]{0,4}")) {
                seconds = Integer.parseInt(arguments[++i]);
            } else if (arguments[i].startsWith("-")) {
                System.err.println("usage: berth test --vm [CLASS...] [--seconds N]");
                System.exit(2);
            } else {
                names.add(arguments[i]);
            }
        }
        try {
            List<String> classes = classes(home, names);
            System.exit(run(home, arguments[1], classes, Duration.ofSeconds(seconds)) ? 0 : 1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (IllegalStateException e) {
            System.err.println("berth: " + e.getMessage());
            System.exit(1);
        }
    }

    private static boolean run(Path home, String libraries, List<String> classes, Duration time)
            throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("berth-vm-");
        Thread removal = new Thread(() -> delete(folder));
        Runtime.getRuntime().addShutdownHook(removal);
        System.out.println("fetching Debian's kernel");
        DebianKernel kernel = DebianKernel.fetch(folder);
        DebianKernel.unpack(folder, "busybox-static", folder.resolve("busybox"));
        System.out.println("booting " + kernel.image().getFileName() + " for " + classes.size() + " classes of tests");
        OptionalInt code = new Machine(folder, kernel).run(command(home, libraries, classes), time);
        if (code.isEmpty()) {
            System.out.println("the machine did not say how the tests ended");
        }
        return code.equals(OptionalInt.of(0));
    }

    private static List<String> command(Path home, String libraries, List<String> classes) {
        String own = MODULES.stream()
                .map(module -> home.resolve(module).resolve("target/fast"))
                .flatMap(target -> Stream.of(target.resolve("classes"), target.resolve("test-classes")))
                .map(Path::toString)
                .collect(Collectors.joining(":"));
        List<String> command = new ArrayList<>(List.of(
                System.getProperty("java.home") + "/bin/java",
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx512m",
                "-cp",
                own + ":" + libraries,
                "org.berth.vm.Inside"));
        command.addAll(classes);
        return command;
    }

    /** Full names of test classes by their simple ones; of the standard ones those that are there. */
    private static List<String> classes(Path home, List<String> names) throws IOException {
        List<String> found = new ArrayList<>();
        for (String name : names.isEmpty() ? STANDARD : names) {
            List<String> matching = new ArrayList<>();
            for (String module : MODULES) {
                Path tests = home.resolve(module).resolve("target/fast/test-classes");
                if (Files.isDirectory(tests)) {
                    try (Stream<Path> files = Files.walk(tests)) {
                        files.filter(file -> file.getFileName().toString().equals(name + ".class"))
                                .map(file -> tests.relativize(file).toString())
                                .map(file -> file.substring(0, file.length() - ".class".length())
                                        .replace('/', '.'))
                                .forEach(matching::add);
                    }
                }
            }
            if (matching.isEmpty() && !names.isEmpty()) {
                throw new IllegalStateException("no class of tests is called " + name + " in " + MODULES);
            }
            found.addAll(matching);
        }
        return found;
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
