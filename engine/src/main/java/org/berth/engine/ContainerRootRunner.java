package org.berth.engine;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.engine.Containers.Frame;
import org.berth.image.RootRunner;
import org.berth.runtime.Capabilities;
import org.berth.runtime.ContainerRuntime;
import org.berth.runtime.ContainerRuntime.Output;
import org.berth.runtime.ContainerRuntime.StartedProcess;
import org.berth.runtime.ContainerSpec;
import org.berth.runtime.ContainerSpec.RootFilesystem;
import org.berth.runtime.ExitStatus;
import org.berth.runtime.ProcessSpec;

/**
 * Runs programs on a folder as their root, isolated like any container: the bootstrap's maintainer
 * scripts. The folder itself is changed; there is no network.
 */
public final class ContainerRootRunner implements RootRunner {
    private static final String HOSTNAME = "localhost";
    private static final int LINE_BYTES_MAX = 64 * 1024;

    private final Path folder;
    private final ContainerRuntime runtime;
    private final RandomGenerator random;

    /** @param random where the containers' ids come from */
    public ContainerRootRunner(Instance instance, ContainerRuntime runtime, RandomGenerator random) {
        this.folder = instance.run().resolve("runner");
        this.runtime = runtime;
        this.random = random;
    }

    @Override
    public int run(Path root, List<String> arguments, List<String> environment, Consumer<String> output) {
        String id = ContainerNames.newId(random);
        Path log = Folders.create(folder.resolve(id)).resolve(LiveContainer.LOG);
        try (LogWatch watch = new LogWatch()) {
            StartedProcess process =
                    runtime.launch(spec(id, root, arguments, environment), new Output(log, Optional.empty()));
            follow(new LogFiles(log), watch, process, output);
            return process.exit().thenApply(ExitStatus::code).join();
        } finally {
            runtime.delete(id);
            Folders.delete(folder.resolve(id));
        }
    }

    /**
     * Ends what a killed daemon has left running. Before the store is opened: that removes the folders they write to.
     */
    void endLeftovers() {
        for (String id : Folders.names(folder)) {
            runtime.delete(id);
            Folders.delete(folder.resolve(id));
        }
    }

    /** No layers: the folder is the root as it is. */
    private static ContainerSpec spec(String id, Path root, List<String> arguments, List<String> environment) {
        return ContainerSpec.of(
                        id,
                        new RootFilesystem(List.of(), root, root),
                        new ProcessSpec(
                                arguments, environment, "/", ProcessSpec.User.ROOT, false, Capabilities.STANDARD))
                .hostname(HOSTNAME)
                .build();
    }

    private static void follow(LogFiles files, LogWatch watch, StartedProcess process, Consumer<String> output) {
        Lines lines = new Lines(output);
        var _ = process.exit().whenComplete((status, failure) -> watch.ring(files.folder()));
        try (LogCursor cursor = LogCursor.at(files, new LogPosition(files.current(), 0, 0));
                LogWatch.Bell bell = watch.bell(files.folder())) {
            while (true) {
                long seen = bell.rings();
                boolean over = process.exit().isDone();
                Optional<Frame> frame = cursor.read();
                if (frame.isPresent()) {
                    lines.add(frame.get().bytes());
                } else if (over) {
                    lines.end();
                    return;
                } else {
                    bell.await(seen);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BerthException(ErrorCode.UNAVAILABLE, "interrupted while a program ran in a root", e);
        }
    }

    /** Cuts output into lines; one that is too long is cut where it is. */
    private static final class Lines {
        private final Consumer<String> output;
        private final ByteArrayOutputStream line = new ByteArrayOutputStream();

        Lines(Consumer<String> output) {
            this.output = output;
        }

        void add(byte[] bytes) {
            for (byte one : bytes) {
                if (one == '\n' || line.size() == LINE_BYTES_MAX) {
                    flush();
                }
                if (one != '\n') {
                    line.write(one);
                }
            }
        }

        void end() {
            if (line.size() > 0) {
                flush();
            }
        }

        private void flush() {
            output.accept(line.toString(StandardCharsets.UTF_8));
            line.reset();
        }
    }
}
