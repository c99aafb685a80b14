package org.berth.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command itself: without a subcommand it shows its help. */
@Command(
        name = "berth",
        mixinStandardHelpOptions = true,
        version = "berth 0.1.0",
        description = "From a folder of source code to a running, self-healing, load-balanced application.",
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        footer = {
            "",
            "Commands of the launcher: server (the daemon in the foreground), test, bench.",
            "A project is named by its folder, -f FILE or -p NAME; without any of them by the current folder.",
            "BERTH_ROOT and BERTH_RUN move what Berth keeps and runs; the daemon starts by itself."
        },
        subcommands = {
            Add.class,
            Up.class,
            Down.class,
            Ps.class,
            Logs.class,
            Exec.class,
            Run.class,
            Scale.class,
            Explain.class,
            Build.class,
            ImageList.class,
            RegistryCommands.Pull.class,
            RegistryCommands.Push.class,
            ImageNames.Tag.class,
            ImageNames.Remove.class,
            RegistryCommands.Login.class,
            RegistryCommands.Logout.class,
            RegistryCommands.Serve.class,
            Save.class,
            ImageArchives.Load.class,
            ImageArchives.Import.class,
            ImageArchives.Export.class,
            ImageArchives.Commit.class,
            ImageArchives.Diff.class,
            ImageArchives.History.class,
            ImageArchives.Inspect.class,
            Sbom.class,
            GenerateKey.class,
            Sign.class,
            Verify.class,
            SystemCommand.class
        })
final class Berth implements Runnable {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }
}
