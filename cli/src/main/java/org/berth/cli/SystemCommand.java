package org.berth.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.berth.base.AtomicFiles;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.base.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

@Command(
        name = "system",
        mixinStandardHelpOptions = true,
        description = "The daemon: info, install, stop; the disk: df, prune.",
        subcommands = {
            SystemCommand.Info.class,
            SystemCommand.Install.class,
            SystemCommand.Stop.class,
            DiskCommands.Usage.class,
            DiskCommands.Prune.class
        })
final class SystemCommand implements Runnable {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "say info, install, stop, df or prune");
    }

    @Command(name = "info", mixinStandardHelpOptions = true, description = "Show the daemon and its machine.")
    static final class Info implements Callable<Integer> {
        @Mixin
        private final Output output = new Output();

        @Override
        public Integer call() {
            JsonNode info =
                    Daemon.reach(Instance.fromEnvironment(System.getenv())).request("GET", "/berth/v1/system");
            if (output.json) {
                System.out.println(Json.pretty().writeValueAsString(info));
                return 0;
            }
            System.out.println("berth " + info.path("version").asString("") + ", process "
                    + info.path("pid").asLong(0) + ", "
                    + Words.bytes(info.path("residentBytes").asLong(0))
                    + " resident");
            System.out.println("docker api   " + info.path("apiVersion").asString(""));
            System.out.println("root         " + info.path("root").asString(""));
            System.out.println("run          " + info.path("run").asString(""));
            System.out.println("tag          " + info.path("tag").asString(""));
            System.out.println("kernel       " + info.path("kernel").asString(""));
            System.out.println("java         " + info.path("java").asString(""));
            System.out.println("projects     " + info.path("projects").asInt(0));
            System.out.println(
                    "containers   " + info.path("containers").path("running").asInt(0) + " running of "
                            + info.path("containers").path("total").asInt(0));
            System.out.println("images       " + info.path("images").asInt(0));
            info.path("warnings").forEach(warning -> System.out.println("warning: " + warning.asString("")));
            return 0;
        }
    }

    @Command(
            name = "install",
            mixinStandardHelpOptions = true,
            description = "Write a systemd unit for the daemon; containers go on when it stops.")
    static final class Install implements Callable<Integer> {
        @Option(
                names = "--unit",
                paramLabel = "FILE",
                defaultValue = "/etc/systemd/system/berth.service",
                description = "where (default ${DEFAULT-VALUE})")
        private Path unit = Path.of("");

        @Override
        public Integer call() {
            String launcher = System.getenv("BERTH_LAUNCHER");
            if (launcher == null) {
                throw new BerthException(
                        ErrorCode.INVALID, "the launcher's path is not known; run ./berth system install");
            }
            if (!Files.isWritable(unit.toAbsolutePath().normalize().resolveSibling("."))) {
                throw new BerthException(
                        ErrorCode.INVALID, "can't write " + unit + "; run this as root, or name a file: --unit FILE");
            }
            AtomicFiles.write(
                    unit,
                    SystemdUnit.text(Path.of(launcher), Instance.fromEnvironment(System.getenv()), System.getenv())
                            .getBytes(java.nio.charset.StandardCharsets.UTF_8));
            System.out.println("wrote " + unit + "; now run: systemctl daemon-reload && systemctl enable --now "
                    + unit.getFileName());
            return 0;
        }
    }

    @Command(
            name = "stop",
            mixinStandardHelpOptions = true,
            description = "End the daemon; containers and projects run on.")
    static final class Stop implements Callable<Integer> {
        @Override
        public Integer call() {
            Instance instance = Instance.fromEnvironment(System.getenv());
            if (!Daemon.answers(instance)) {
                throw new BerthException(ErrorCode.NOT_FOUND, "no daemon answers on " + instance.socket());
            }
            Daemon.reach(instance).request("POST", "/berth/v1/system/stop");
            return 0;
        }
    }
}
