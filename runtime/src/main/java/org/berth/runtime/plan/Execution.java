package org.berth.runtime.plan;

import java.util.ArrayList;
import java.util.List;
import org.berth.linux.Errno;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.LaunchBuilder.StepBuilder;
import org.berth.linux.launch.Mark;
import org.berth.linux.launch.Operand;
import org.berth.linux.launch.Outcome.Jump;
import org.berth.runtime.ProcessSpec;

/**
 * The last step: the program's file is looked for in the container itself, by trying execve(2) on
 * each folder of its PATH as execvp(3) does.
 */
public final class Execution {
    /** How the labels of steps that execute begin. */
    public static final String LABEL = "exec: ";

    private static final String STANDARD_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private final Script script;

    Execution(Script script) {
        this.script = script;
    }

    void write(ProcessSpec process) {
        String program = process.arguments().getFirst();
        Operand arguments = Operand.address(script.builder().textList("arguments", process.arguments()));
        Operand environment = Operand.address(script.builder().textList("environment", process.environment()));
        resetSignals();
        if (program.contains("/")) {
            refuseMagicLinks(program, LABEL + quoted(program)).into(script.slot("program"));
            script.call(LABEL + quoted(program), Call.EXECVE, script.text(program), arguments, environment);
        } else {
            search(program, path(process.environment()), arguments, environment);
        }
    }

    /**
     * A program that is a magic link, as /proc/self/exe, would have this very process's executable run
     * in the container (CVE-2019-5736).
     */
    private StepBuilder refuseMagicLinks(String file, String label) {
        return script.call(
                label,
                Call.OPENAT2,
                Flags.HERE,
                script.text(file),
                script.withoutMagicLinks(),
                Operand.number(Script.OPEN_HOW_SIZE));
    }

    /** Signals' actions are the default already; this ends their blocking. */
    private void resetSignals() {
        Datum none = script.builder().structure("no signals", new Datum.LongWord(0));
        script.call(
                "unblock signals",
                Call.RT_SIGPROCMASK,
                Operand.named("SIG_SETMASK", 2),
                Operand.address(none),
                Flags.NONE,
                Monitor.signalSetSize());
    }

    private void search(String program, List<String> folders, Operand arguments, Operand environment) {
        Datum result = script.slot("execve");
        Datum denied = script.slot("denied");
        for (String folder : folders) {
            Mark next = script.builder().mark("after " + folder);
            String file = (folder.isEmpty() ? "." : folder) + "/" + program;
            Mark judge = script.builder().mark("judge " + file);
            refuseMagicLinks(file, "look for " + file).into(result).jump(Jump.ON_NEGATIVE, judge);
            script.call("try " + file, Call.EXECVE, script.text(file), arguments, environment)
                    .into(result)
                    .ignoreNegative();
            script.builder().place(judge);
            goOnWhen(result, Errno.ENOENT, next);
            goOnWhen(result, Errno.ENOTDIR, next);
            Mark refused = script.builder().mark("denied in " + folder);
            goOnWhen(result, Errno.EACCES, refused);
            script.call(LABEL + quoted(file), Call.COMPUTE, Operand.value(result));
            script.builder().place(refused);
            script.builder().set("note that " + file + " was denied", denied.start(), -Errno.EACCES);
            script.builder().place(next);
        }
        script.call(LABEL + quoted(program), Call.COMPUTE, Operand.value(denied));
        script.call(LABEL + quoted(program) + ": executable file not found in PATH", Call.COMPUTE)
                .failOnZero();
    }

    private void goOnWhen(Datum result, int errno, Mark target) {
        script.call(
                        "is it: " + Errno.message(errno),
                        Call.COMPUTE,
                        Operand.value(result),
                        Operand.named("-" + errno, -errno))
                .ignoreNegative()
                .jump(Jump.ON_ZERO, target);
    }

    private static String quoted(String program) {
        return "\"" + program + "\"";
    }

    private static List<String> path(List<String> environment) {
        String path = environment.stream()
                .filter(variable -> variable.startsWith("PATH="))
                .map(variable -> variable.substring("PATH=".length()))
                .findFirst()
                .orElse(STANDARD_PATH);
        return new ArrayList<>(List.of(path.split(":", -1)));
    }
}
