package org.berth.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.berth.base.Instance;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.user.UserRange;
import org.berth.runtime.ContainerRuntime.Output;
import org.berth.runtime.ContainerRuntime.StartedProcess;
import org.berth.runtime.ContainerSpec.MountSpec;
import org.berth.runtime.ContainerSpec.RootFilesystem;
import org.berth.runtime.plan.HostFacts;

/**
 * One container of a test: a small root made of this machine's programs, and a specification to be
 * changed. Closing deletes the container.
 */
final class Box implements AutoCloseable {
    static final String ID = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private static final List<String> PROGRAMS = List.of(
            "sh",
            "cat",
            "echo",
            "ls",
            "id",
            "stat",
            "sleep",
            "grep",
            "readlink",
            "tty",
            "env",
            "mkdir",
            "touch",
            "mknod",
            "ps",
            "head",
            "hostname",
            "sort",
            "wc",
            "ln",
            "mount",
            "unshare",
            "dd",
            "tail",
            "stty",
            "true",
            "chmod",
            "chown");
    private static final Path ROOT = makeRoot();
    private static final long DEADLINE_SECONDS = 60;

    LinuxRuntime runtime;
    final Instance instance;
    final Path folder;
    final Path log;
    private List<MountSpec> mounts = List.of();
    private Resources resources = Resources.UNLIMITED;
    private ProcessSpec.User user = ProcessSpec.User.ROOT;
    private Capabilities capabilities = Capabilities.STANDARD;
    private List<String> environment = List.of("PATH=/usr/bin:/bin");
    private String workingDirectory = "/";
    private boolean terminal;
    private boolean init;
    private boolean readOnly;
    private List<Path> lower = List.of(ROOT);
    private Optional<Path> network = Optional.empty();
    private Optional<UserRange> users = Optional.empty();
    private Optional<String> seccomp = Optional.empty();

    Box(Instance instance) {
        this.instance = instance;
        this.folder = instance.root().resolve("box");
        this.log = folder.resolve("log");
        try {
            Files.createDirectories(folder.resolve("upper"));
            Files.createDirectories(folder.resolve("work"));
            Files.createDirectories(instance.run());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.runtime = new LinuxRuntime(instance);
    }

    private static Path makeRoot() {
        try {
            Path root = Files.createTempDirectory("berth-root-");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(root)));
            HostPrograms.copy(root, PROGRAMS);
            return root;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void delete(Path root) {
        try (var files = Files.walk(root)) {
            files.sorted(java.util.Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Box mounts(MountSpec... specs) {
        mounts = List.of(specs);
        return this;
    }

    Box resources(Resources limits) {
        resources = limits;
        return this;
    }

    Box user(ProcessSpec.User value) {
        user = value;
        return this;
    }

    Box capabilities(Capabilities value) {
        capabilities = value;
        return this;
    }

    Box environment(String... variables) {
        environment = List.of(variables);
        return this;
    }

    Box workingDirectory(String value) {
        workingDirectory = value;
        return this;
    }

    Box terminal() {
        terminal = true;
        return this;
    }

    Box init() {
        init = true;
        return this;
    }

    Box readOnly() {
        readOnly = true;
        return this;
    }

    Box network(Path file) {
        network = Optional.of(file);
        return this;
    }

    /** Its root is a folder of the host, without layers: whoever can write to it changes the root at once. */
    Box folderRoot(String... programs) throws IOException, InterruptedException {
        lower = List.of();
        HostPrograms.copy(upper(), List.of(programs));
        return this;
    }

    /** With ids of its own: the upper folder belongs to its root. */
    Box users(UserRange range) {
        users = Optional.of(range);
        own(range, upper());
        return this;
    }

    /** With a choice of a filter. */
    Box seccomp(String choice) {
        seccomp = Optional.of(choice);
        return this;
    }

    static void own(UserRange range, Path file) {
        try {
            Files.setAttribute(file, "unix:uid", (int) range.first());
            Files.setAttribute(file, "unix:gid", (int) range.first());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One more layer on top, to be filled by the test. */
    Path layer() throws IOException {
        Path layer = folder.resolve("layer" + lower.size());
        Files.createDirectories(layer);
        lower = java.util.stream.Stream.concat(java.util.stream.Stream.of(layer), lower.stream())
                .toList();
        return layer;
    }

    Path upper() {
        return folder.resolve("upper");
    }

    ContainerSpec spec(String... arguments) {
        return ContainerSpec.of(ID, new RootFilesystem(lower, upper(), folder.resolve("work")), process(arguments))
                .mounts(mounts)
                .hostname("box")
                .network(network)
                .resources(resources)
                .init(init)
                .readOnlyRoot(readOnly)
                .users(users)
                .seccomp(seccomp)
                .build();
    }

    ProcessSpec process(String... arguments) {
        return new ProcessSpec(List.of(arguments), environment, workingDirectory, user, terminal, capabilities);
    }

    /** Starts it with a shell's script. */
    StartedProcess start(String script) {
        return runtime.launch(spec("sh", "-c", script), new Output(log, Optional.empty()));
    }

    /** Runs a shell's script to its end. */
    ExitStatus run(String script) {
        return await(start(script));
    }

    /** Runs one more to its end; its output is in {@code exec.log}. */
    ExitStatus exec(String script) {
        return await(runtime.exec(ID, "exec1", process("sh", "-c", script), new Output(execLog(), Optional.empty())));
    }

    Path execLog() {
        return folder.resolve("exec.log");
    }

    static ExitStatus await(StartedProcess process) {
        try {
            return process.exit().get(DEADLINE_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("the process did not end", e);
        }
    }

    /** What it wrote on standard output, or on a terminal. */
    String output() {
        return text(log, 1);
    }

    /** What it wrote on standard error. */
    String errors() {
        return text(log, 2);
    }

    String execOutput() {
        return text(execLog(), 1);
    }

    static String text(Path file, int stream) {
        return LogFrames.readAll(file).stream()
                .filter(frame -> frame.stream() == stream)
                .map(frame -> new String(frame.bytes(), StandardCharsets.UTF_8))
                .collect(Collectors.joining());
    }

    /** Waits until it has written a line. */
    void awaitOutput(String line) {
        awaitThat("'" + line + "' is written", () -> output().contains(line));
    }

    private static void awaitThat(String what, java.util.function.BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + DEADLINE_SECONDS + " s: " + what);
            }
            java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
        }
    }

    /** As on a kernel of that version. */
    Box kernel(int major, int minor) {
        HostFacts host = HostReading.facts();
        HostFacts older =
                new HostFacts(major, minor, host.lastCapability(), host.processors(), host.openFilesMax(), host.lent());
        runtime.close();
        runtime = new LinuxRuntime(instance, older, UnaryOperator.identity());
        return this;
    }

    /** Changes each launch program before it runs. */
    Box changing(UnaryOperator<LaunchProgram> change) {
        runtime.close();
        runtime = new LinuxRuntime(instance, HostReading.facts(), change);
        return this;
    }

    /** The daemon dies and another starts: all it knows is in the run folder. */
    void restartDaemon() {
        runtime.close();
        startDaemon();
    }

    /** After {@code runtime.close()}. */
    void startDaemon() {
        runtime = new LinuxRuntime(instance);
    }

    /** The daemon dies, the container ends, another daemon starts. */
    void endWithoutDaemon() {
        runtime.close();
        Path record = instance.run().resolve("containers").resolve(ID).resolve("exit");
        awaitThat("the exit is recorded", () -> record.toFile().length() > 0);
        runtime = new LinuxRuntime(instance);
    }

    @Override
    public void close() {
        runtime.delete(ID);
        runtime.close();
        delete(folder);
    }
}
