package org.berth.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.compose.text.Spelling;
import picocli.CommandLine;

/** The command's entry. */
public final class Main {
    private static final int USAGE = 2;
    /** Commands that the launcher answers itself. */
    private static final List<String> LAUNCHER = List.of("server", "test", "bench");

    private Main() {}

    public static void main(String[] arguments) {
        int code = run(arguments);
        System.out.flush();
        System.err.flush();
        // Runtime.halt would lose output; exit runs the hook that says what Ctrl-C left running.
        Interruption.done();
        System.exit(code);
    }

    static int run(String[] arguments) {
        List<String> words = Arrays.asList(arguments);
        try {
            if (words.equals(List.of("--warm-up"))) {
                return WarmUp.run();
            }
            if (words.equals(List.of("--warm-up", "ps"))) {
                return WarmUp.ps();
            }
            // The commonest question is answered without the command-line library: it alone costs a
            // third of the command's time (docs/decisions/0006).
            if (words.equals(List.of("ps"))) {
                return Ps.everything(Instance.fromEnvironment(System.getenv()));
            }
            return commandLine().execute(arguments);
        } catch (RuntimeException e) {
            return report(e);
        }
    }

    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Berth());
        line.setExecutionExceptionHandler((e, command, parsed) -> report(e));
        line.setParameterExceptionHandler((e, parsed) -> {
            System.err.println("berth: " + usage(e) + "; see berth "
                    + (e.getCommandLine().getParent() == null
                            ? ""
                            : e.getCommandLine().getCommandName() + " ")
                    + "--help");
            return USAGE;
        });
        // What follows the service is another program's command line, options and all.
        line.getSubcommands().forEach((name, command) -> {
            ProjectChoice.describe(command.getCommandSpec());
            if (name.equals("exec") || name.equals("run")) {
                command.setStopAtPositional(true);
            }
        });
        return line;
    }

    /** Says what went wrong, and with what the command ends. */
    static int report(Exception failure) {
        return switch (failure) {
            case BerthException e -> {
                System.err.println(prefixed(String.valueOf(e.getMessage())));
                yield e.code().exitCode();
            }
            case Daemon.StreamFailure e -> {
                Failures.print(e);
                yield e.exitCode();
            }
            default -> {
                System.err.println("berth: " + failure);
                if (System.getenv("BERTH_DEBUG") != null) {
                    failure.printStackTrace();
                }
                yield ErrorCode.INTERNAL.exitCode();
            }
        };
    }

    /** Each fault of several has the prefix; indented lines belong to the one before. */
    private static String prefixed(String message) {
        return message.lines()
                .map(line -> line.startsWith(" ") ? line : "berth: " + line)
                .collect(Collectors.joining("\n"));
    }

    /** What is wrong with the words given. */
    private static String usage(CommandLine.ParameterException e) {
        if (e instanceof CommandLine.UnmatchedArgumentException unmatched
                && e.getCommandLine().getParent() == null
                && !unmatched.isUnknownOption()
                && !unmatched.getUnmatched().isEmpty()) {
            String word = unmatched.getUnmatched().getFirst();
            List<String> commands =
                    new ArrayList<>(e.getCommandLine().getSubcommands().keySet());
            commands.addAll(LAUNCHER);
            return "there is no command " + word
                    + Spelling.nearest(word, commands)
                            .map(near -> ": did you mean " + near + "?")
                            .orElse("");
        }
        return lowerFirst(String.valueOf(e.getMessage()));
    }

    private static String lowerFirst(String text) {
        return text.isEmpty() ? text : Character.toLowerCase(text.charAt(0)) + text.substring(1);
    }
}
